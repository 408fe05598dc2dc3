/** GeoJSON geometries that an area can have. Rings are closed, in the CRS that the holder names. */
export type Position = readonly [x: number, y: number];
export type Ring = readonly Position[];
export interface Polygon {
  readonly type: 'Polygon';
  readonly coordinates: readonly Ring[];
}
export interface MultiPolygon {
  readonly type: 'MultiPolygon';
  readonly coordinates: readonly (readonly Ring[])[];
}
export type Area = Polygon | MultiPolygon;
