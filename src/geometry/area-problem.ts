import { areaOf, containsPoint, polygonsOf } from './area.ts';
import type { BBox } from './grid.ts';
import type { Area, Position, Ring } from './polygon.ts';
import { spatialIndex } from './spatial-index.ts';

type Segment = readonly [from: Position, to: Position];

/** Up to this many edges each is held against each; an index costs more than it saves. */
const FEW = 48;

/**
 * What is wrong with an area that counts as one nevertheless (OGC 06-103r4, 6.1.11: a valid polygon is simple): its boundary
 * crosses itself, it has no extent, or a hole lies outside. Undefined for a valid one. Pixels of such an area are those
 * that the even-odd rule puts inside.
 */
export function areaProblem(area: Area): string | undefined {
  const place = crossing(polygonsOf(area).flatMap((rings) => rings.flatMap(segmentsOf)));
  if (place !== undefined) return `its boundary crosses itself near (${place[0]}, ${place[1]})`;
  if (areaOf(area) === 0) return 'it has no extent';
  for (const [outer, ...holes] of polygonsOf(area))
    for (const hole of holes) {
      const around: Area = { type: 'Polygon', coordinates: [outer as Ring] };
      // Boundaries that do not cross have all vertices but shared ones on one side.
      if (!hole.some((position) => containsPoint(around, position)))
        return `its hole at (${hole[0]?.[0]}, ${hole[0]?.[1]}) lies outside`;
    }
  return undefined;
}

function segmentsOf(ring: Ring): Segment[] {
  return ring.slice(1).map((to, i): Segment => [ring[i] as Position, to]);
}

function crossing(segments: readonly Segment[]): Position | undefined {
  if (segments.length <= FEW) {
    for (const [i, one] of segments.entries())
      for (let j = i + 2; j < segments.length; j++) {
        const other = segments[j] as Segment;
        if (cross(one, other)) return other[0];
      }
    return undefined;
  }
  const index = spatialIndex(segments.map(boxOf));
  for (const [i, one] of segments.entries())
    for (const j of index.search(boxOf(one))) {
      const other = segments[j] as Segment;
      if (j > i && cross(one, other)) return other[0];
    }
  return undefined;
}

function boxOf([[xa, ya], [xb, yb]]: Segment): BBox {
  return [Math.min(xa, xb), Math.min(ya, yb), Math.max(xa, xb), Math.max(ya, yb)];
}

/** Whether two edges cross in their inner parts; one that only touches another is left to pass. */
function cross([a, b]: Segment, [c, d]: Segment): boolean {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

function side([xa, ya]: Position, [xb, yb]: Position, [x, y]: Position): number {
  return Math.sign((xb - xa) * (y - ya) - (yb - ya) * (x - xa));
}
