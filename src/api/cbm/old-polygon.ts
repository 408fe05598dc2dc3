import { InvalidArgument } from '../../errors.ts';
import type { Polygon, Position } from '../../geometry/polygon.ts';

const number = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`;
const point = new RegExp(`(${number})_(${number})(?:-|$)`, 'iy');

/**
 * The polygon of a request, `lon_lat-lon_lat-...`. A `-` between two points parts them; directly after `_`, or where a point
 * begins, it is a sign: `-8.1_-3.2--8.0_-3.2-...` lies in the south-west. Closed where the client left it open. Throws
 * `InvalidArgument` for another text and for less than three points.
 */
export function readOldPolygon(text: string): Polygon {
  const points: Position[] = [];
  point.lastIndex = 0;
  while (point.lastIndex < text.length) {
    const at = point.lastIndex;
    const match = point.exec(text);
    if (match === null)
      throw new InvalidArgument(
        `a polygon is written lon_lat-lon_lat-..., from character ${at + 1} on this is none: ${text.slice(at, at + 40)}`,
      );
    points.push([Number(match[1]), Number(match[2])]);
  }
  const [first, last] = [points[0], points.at(-1)];
  if (first !== undefined && last !== undefined && (first[0] !== last[0] || first[1] !== last[1]))
    points.push(first);
  if (points.length < 4) throw new InvalidArgument('a polygon has at least three points');
  return { type: 'Polygon', coordinates: [points] };
}
