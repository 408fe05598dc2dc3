import type { Polygon, Position } from '../geometry/polygon.ts';
import type { Convex } from './convex.ts';
import { between, seededRandom } from './random.ts';

/** Moves points a little, neighbours almost alike, so that straight cuts become the curves of a real countryside. */
export type Bend = (point: Position) => Position;

const densifyMetres = 40;

/** Long waves of up to 45 m. The steepest sum of their slopes stays below 1: no two points ever change places. */
export function seededBend(seed: number): Bend {
  const random = seededRandom(seed, 'bend');
  const waves = Array.from({ length: 5 }, () => {
    const angle = between(random, 0, 2 * Math.PI);
    const length = between(random, 900, 2200);
    return {
      kx: (Math.cos(angle) * 2 * Math.PI) / length,
      ky: (Math.sin(angle) * 2 * Math.PI) / length,
      phase: between(random, 0, 2 * Math.PI),
      height: between(random, 8, 22),
      toward: between(random, 0, 2 * Math.PI),
    };
  });
  return ([x, y]) => {
    let [dx, dy] = [0, 0];
    for (const { kx, ky, phase, height, toward } of waves) {
      const shift = height * Math.sin(kx * x + ky * y + phase);
      dx += shift * Math.cos(toward);
      dy += shift * Math.sin(toward);
    }
    return [x + dx, y + dy];
  };
}

/** The polygon with its edges bent, at `origin`, rounded to centimetres. The ring is closed and counter-clockwise. */
export function bendPolygon(polygon: Convex, bend: Bend, origin: Position): Polygon {
  const ring: Position[] = [];
  polygon.forEach(([x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length] ?? [x, y];
    const pieces = Math.max(1, Math.round(Math.hypot(nextX - x, nextY - y) / densifyMetres));
    for (let piece = 0; piece < pieces; piece++) {
      const t = piece / pieces;
      const [bx, by] = bend([x + t * (nextX - x), y + t * (nextY - y)]);
      ring.push([Math.round((origin[0] + bx) * 100) / 100, Math.round((origin[1] + by) * 100) / 100]);
    }
  });
  const [first] = ring;
  if (first) ring.push(first);
  return { type: 'Polygon', coordinates: [ring] };
}
