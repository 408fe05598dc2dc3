import { transformer } from '../geometry/crs.ts';
import type { BBox } from '../geometry/grid.ts';
import type { ParcelSet } from '../parcels/parcel.ts';

/**
 * The bounds of all parcels in degrees of longitude and latitude; undefined for a set without parcels. Every vertex is
 * transformed: the corners of a projected box do not bound its content.
 */
export function parcelBounds(set: ParcelSet): BBox | undefined {
  const project = transformer(set.crs, 'OGC:CRS84');
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { geometry } of set.parcels) {
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    for (const [outer = []] of polygons)
      for (const [x, y] of outer) {
        const [lon, lat] = project(x, y);
        if (lon < west) west = lon;
        if (lon > east) east = lon;
        if (lat < south) south = lat;
        if (lat > north) north = lat;
      }
  }
  return west <= east && south <= north ? [west, south, east, north] : undefined;
}
