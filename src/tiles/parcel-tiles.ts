import { type GeoJSONToTileOptions, geoJSONToTile } from '@maplibre/geojson-vt';
import { fromGeojsonVt } from '@maplibre/vt-pbf';
import type { Feature, Polygon as GeoJSONPolygon, MultiPolygon, Position } from 'geojson';
import { InvalidArgument } from '../errors.ts';
import { polygonsOf } from '../geometry/area.ts';
import { transformer } from '../geometry/crs.ts';
import type { BBox } from '../geometry/grid.ts';
import { spatialIndex } from '../geometry/spatial-index.ts';
import { checkLimit } from '../limits.ts';
import type { Parcel, ParcelSet } from '../parcels/parcel.ts';
import { toUnitSquare } from './mercator.ts';

/** The layer of the tiles, and the deepest zoom at which they are cut: a map enlarges deeper. */
export const parcelTileLayer = 'parcels';
export const parcelTileMaxZoom = 16;

/** Tile units along a side, and how far geometries reach beyond it, so that outlines meet across tiles. */
const extent = 4096;
const buffer = 64;
/** Lines are simplified to this many units; what is smaller is left out. */
const tolerance = 3;
const cutting: GeoJSONToTileOptions = {
  maxZoom: parcelTileMaxZoom,
  extent,
  buffer,
  tolerance,
  coordinates: 'unitSquare',
  wrap: false,
  clip: true,
};

export type ParcelTiles = (z: number, x: number, y: number) => Uint8Array | undefined;

const opened = new WeakMap<ParcelSet, ParcelTiles>();

/**
 * Vector tiles (MVT 2.1, extent 4096) of a set of parcels in web mercator numbering, layer `parcels`, feature id = pid,
 * properties pid, label and crop; undefined for a tile without parcels. The boxes are indexed at the first tile asked for,
 * each tile is cut from the parcels that it touches: 100,000 parcels need no second copy in memory. Throws
 * `InvalidArgument` for a tile that is not in the world, `CrsUnknown`, `LimitExceeded`.
 */
export function parcelTiles(set: ParcelSet): ParcelTiles {
  const known = opened.get(set);
  if (known !== undefined) return known;
  let find: BoxSearch | undefined;
  const tiles: ParcelTiles = (z, x, y) => {
    if (![z, x, y].every((n) => Number.isInteger(n) && n >= 0) || z > 24 || x >= 2 ** z || y >= 2 ** z)
      throw new InvalidArgument(`there is no tile ${z}/${x}/${y}`);
    find ??= boxSearch(set);
    const side = 2 ** -z;
    const margin = (side * buffer) / extent;
    const box: BBox = [
      x * side - margin,
      y * side - margin,
      (x + 1) * side + margin,
      (y + 1) * side + margin,
    ];
    const touched = find(box, (side * tolerance) / extent);
    if (touched.length === 0) return undefined;
    const project = toUnitSquare(transformer(set.crs, 'OGC:CRS84'));
    const features = touched.map((parcel) => feature(parcel, project));
    const tile = geoJSONToTile({ type: 'FeatureCollection', features }, z, x, y, cutting);
    if (tile.features.length === 0) return undefined;
    return fromGeojsonVt({ [parcelTileLayer]: tile }, { version: 2, extent });
  };
  opened.set(set, tiles);
  return tiles;
}

type BoxSearch = (box: BBox, smallest: number) => Parcel[];

/** Finds the parcels whose box in the unit square meets another and is larger than `smallest` on one side, in order. */
function boxSearch({ name, crs, parcels }: ParcelSet): BoxSearch {
  checkLimit('parcels', parcels.length, `tiles of '${name}'`);
  const project = toUnitSquare(transformer(crs, 'OGC:CRS84'));
  const boxes = parcels.map(({ geometry }): BBox => {
    let [xmin, ymin, xmax, ymax] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [outer = []] of polygonsOf(geometry))
      for (const [px, py] of outer) {
        const [x, y] = project(px, py);
        if (x < xmin) xmin = x;
        if (x > xmax) xmax = x;
        if (y < ymin) ymin = y;
        if (y > ymax) ymax = y;
      }
    return [xmin, ymin, xmax, ymax];
  });
  const index = spatialIndex(boxes);
  return (box, smallest) =>
    index.search(box).flatMap((i) => {
      const [xmin, ymin, xmax, ymax] = boxes[i] ?? [0, 0, 0, 0];
      return xmax - xmin > smallest || ymax - ymin > smallest ? (parcels[i] ?? []) : [];
    });
}

/** A parcel as GeoJSON in the unit square, with only what a tile carries. */
function feature(
  { pid, label, crop, geometry }: Parcel,
  project: (x: number, y: number) => [number, number],
): Feature<GeoJSONPolygon | MultiPolygon> {
  const coordinates = polygonsOf(geometry).map((rings) =>
    rings.map((ring) => ring.map(([x, y]): Position => project(x, y))),
  );
  return {
    type: 'Feature',
    id: pid,
    properties: crop === undefined ? { pid, label } : { pid, label, crop },
    geometry: { type: 'MultiPolygon', coordinates },
  };
}
