import { LimitExceeded } from '../errors.ts';
import { areaBounds, containsPoint, isClockwise } from './area.ts';
import type { Area, Position, Ring } from './polygon.ts';
import { spatialIndex } from './spatial-index.ts';

/** Outer rings that may lie around a hole, on average: real areas have one or a few inside each other. */
const MOST_AROUND = 200;

/**
 * The area that loose rings make, as a shapefile lists them (ESRI Shapefile Technical Description, 1998): clockwise rings are
 * outer, the others holes of the smallest outer ring around them; a hole that no ring surrounds was wound wrongly and is outer.
 * Throws `LimitExceeded` for rings that are nested too deep to be sorted in time.
 */
export function areaOfRings(rings: readonly Ring[]): Area {
  const outer = rings.filter(isClockwise);
  const polygons: Ring[][] = outer.map((ring) => [ring]);
  const areas = outer.map((ring): Area => ({ type: 'Polygon', coordinates: [ring] }));
  const boxes = areas.map(areaBounds);
  const index = spatialIndex(boxes);
  const size = (at: number): number => {
    const [xmin, ymin, xmax, ymax] = boxes[at] ?? [0, 0, 0, 0];
    return (xmax - xmin) * (ymax - ymin);
  };
  const corners = new Map<number, ReadonlySet<string>>();
  /** By the first vertex that does not lie on the border, which even-odd puts on either side. */
  const surrounds = (at: number, ring: Ring): boolean => {
    const shared = corners.get(at) ?? new Set(outer[at]?.map(String));
    corners.set(at, shared);
    const free = ring.find((position) => !shared.has(String(position)));
    return free === undefined || containsPoint(areas[at] as Area, free);
  };
  let looked = 0;
  for (const ring of rings) {
    if (isClockwise(ring)) continue;
    const [x, y] = ring[0] as Position;
    const boxed = index.search([x, y, x, y]);
    looked += boxed.length;
    if (looked > MOST_AROUND * rings.length)
      throw new LimitExceeded(
        `of ${rings.length} rings too many lie around each other; write them as polygons, in GeoPackage or GeoJSON`,
      );
    const around = boxed.filter((at) => surrounds(at, ring)).sort((one, other) => size(one) - size(other));
    const polygon = around[0] === undefined ? undefined : polygons[around[0]];
    if (polygon === undefined) polygons.push([ring]);
    else polygon.push(ring);
  }
  const [only] = polygons;
  return polygons.length === 1 && only !== undefined
    ? { type: 'Polygon', coordinates: only }
    : { type: 'MultiPolygon', coordinates: polygons };
}
