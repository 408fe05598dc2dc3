import { areaOf, containsPoint, polygonsOf } from './area.ts';
import type { BBox } from './grid.ts';
import type { Area, Position, Ring } from './polygon.ts';
import { spatialIndex } from './spatial-index.ts';

type Segment = readonly [from: Position, to: Position];

/** Up to this many edges each is held against each; an index costs more than it saves. */
const FEW = 48;
/** Steps of work: those that any area may take (a tenth of a second), and those for each of its edges. */
const STEPS = 10_000_000;
const STEPS_AN_EDGE = 100;
/** Steps of holding an edge against another that an index found. */
const STEPS_A_PAIR = 10;

/** What `areaProblem` says of an area whose edges lie so much side by side that holding each against each would take for ever. */
export const tooIntricate = 'too many of its edges lie side by side to tell whether they cross';

/**
 * What is wrong with an area that counts as one nevertheless (OGC 06-103r4, 6.1.11: a valid polygon is simple): its boundary
 * crosses itself, it has no extent, or a hole lies outside. Undefined for a valid one. Pixels of such an area are those
 * that the even-odd rule puts inside. `tooIntricate` where telling would take work out of proportion.
 */
export function areaProblem(area: Area): string | undefined {
  const segments = polygonsOf(area).flatMap((rings) => rings.flatMap(segmentsOf));
  let left = STEPS + segments.length * STEPS_AN_EDGE;
  const afford = (steps: number): boolean => (left -= steps) >= 0;
  const place = crossing(segments, afford);
  if (place === tooIntricate) return tooIntricate;
  if (place !== undefined) return `its boundary crosses itself near (${place[0]}, ${place[1]})`;
  if (areaOf(area) === 0) return 'it has no extent';
  for (const [outer, ...holes] of polygonsOf(area))
    for (const hole of holes) {
      const around: Area = { type: 'Polygon', coordinates: [outer as Ring] };
      // Boundaries that do not cross have all vertices but shared ones on one side.
      let inside = false;
      for (let i = 0; i < hole.length && !inside; i++) {
        if (!afford((outer as Ring).length)) return tooIntricate;
        inside = containsPoint(around, hole[i] as Position);
      }
      if (!inside) return `its hole at (${hole[0]?.[0]}, ${hole[0]?.[1]}) lies outside`;
    }
  return undefined;
}

function segmentsOf(ring: Ring): Segment[] {
  return ring.slice(1).map((to, i): Segment => [ring[i] as Position, to]);
}

function crossing(
  segments: readonly Segment[],
  afford: (steps: number) => boolean,
): Position | typeof tooIntricate | undefined {
  if (segments.length <= FEW) {
    for (const [i, one] of segments.entries())
      for (let j = i + 2; j < segments.length; j++) {
        const other = segments[j] as Segment;
        if (cross(one, other)) return other[0];
      }
    return undefined;
  }
  const index = spatialIndex(segments.map(boxOf));
  for (const [i, one] of segments.entries()) {
    const near = index.search(boxOf(one));
    if (!afford(near.length * STEPS_A_PAIR)) return tooIntricate;
    for (const j of near) {
      const other = segments[j] as Segment;
      if (j > i && cross(one, other)) return other[0];
    }
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
