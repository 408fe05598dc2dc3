import type { Position } from '../geometry/polygon.ts';
import { type Convex, convexArea, extent, keepLeft, type Line, opposite } from './convex.ts';
import { between, type Random } from './random.ts';

export interface Subdivision {
  /** Square metres that a piece has on average. */
  readonly target: number;
  /** Radians: most cuts run along this direction or across it, as field patterns do. */
  readonly direction: number;
  /** Radians by which a cut may deviate. */
  readonly jitter: number;
  readonly random: Random;
}

/** Cuts a convex polygon into pieces without gap or overlap, across its longer side each time, until they are small enough. */
export function subdivide(polygon: Convex, { target, direction, jitter, random }: Subdivision): Convex[] {
  const area = convexArea(polygon);
  if (area < target * between(random, 0.9, 2)) return [polygon];
  const angle = direction + between(random, -jitter, jitter);
  const along: Position = [Math.cos(angle), Math.sin(angle)];
  const across: Position = [-along[1], along[0]];
  const [lowAlong, highAlong] = extent(polygon, along);
  const [lowAcross, highAcross] = extent(polygon, across);
  const longer = highAlong - lowAlong >= highAcross - lowAcross;
  const share = between(random, 0.36, 0.64);
  const line: Line = longer
    ? cut(along, across, lowAlong + (highAlong - lowAlong) * share)
    : cut(across, along, lowAcross + (highAcross - lowAcross) * share);
  const halves = [keepLeft(polygon, line), keepLeft(polygon, opposite(line))];
  return halves.flatMap((half) => subdivide(half, { target, direction, jitter, random }));
}

function cut(normal: Position, along: Position, distance: number): Line {
  return { at: [normal[0] * distance, normal[1] * distance], along };
}
