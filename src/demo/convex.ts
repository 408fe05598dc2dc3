import type { Position } from '../geometry/polygon.ts';

/** Corners of a convex polygon, counter-clockwise, not closed. Metres. */
export type Convex = readonly Position[];

/** The half plane to the left of a line through `at` in the direction `along` (unit vector). */
export interface Line {
  readonly at: Position;
  readonly along: Position;
}

/** Distance of a point from the line, positive on its left. */
export function side({ at, along }: Line, [x, y]: Position): number {
  return along[0] * (y - at[1]) - along[1] * (x - at[0]);
}

/** What of the polygon lies at least `distance` to the left of the line. */
export function keepLeft(polygon: Convex, line: Line, distance = 0): Convex {
  const kept: Position[] = [];
  polygon.forEach((corner, i) => {
    const next = polygon[(i + 1) % polygon.length] ?? corner;
    const [here, there] = [side(line, corner) - distance, side(line, next) - distance];
    if (here >= 0) kept.push(corner);
    if (here >= 0 !== there >= 0) {
      const t = here / (here - there);
      kept.push([corner[0] + t * (next[0] - corner[0]), corner[1] + t * (next[1] - corner[1])]);
    }
  });
  return kept.length < 3 ? [] : kept;
}

export function opposite({ at, along }: Line): Line {
  return { at, along: [-along[0], -along[1]] };
}

/** The polygon with every edge moved inwards by `distance`; empty when nothing is left. */
export function inset(polygon: Convex, distance: number): Convex {
  return polygon.reduce<Convex>((kept, corner, i) => {
    const next = polygon[(i + 1) % polygon.length] ?? corner;
    const [dx, dy] = [next[0] - corner[0], next[1] - corner[1]];
    const length = Math.hypot(dx, dy);
    return length === 0 ? kept : keepLeft(kept, { at: corner, along: [dx / length, dy / length] }, distance);
  }, polygon);
}

/** Square metres. */
export function convexArea(polygon: Convex): number {
  let twice = 0;
  polygon.forEach(([x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length] ?? [x, y];
    twice += x * nextY - nextX * y;
  });
  return twice / 2;
}

/** The mean of the corners: a point inside. */
export function middle(polygon: Convex): Position {
  const sum = polygon.reduce<Position>(([sx, sy], [x, y]) => [sx + x, sy + y], [0, 0]);
  return [sum[0] / polygon.length, sum[1] / polygon.length];
}

/** Extent along a direction: lowest and highest dot product. */
export function extent(polygon: Convex, [dx, dy]: Position): [low: number, high: number] {
  const along = polygon.map(([x, y]) => x * dx + y * dy);
  return [Math.min(...along), Math.max(...along)];
}
