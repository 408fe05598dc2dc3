import { InvalidFile } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { BBox } from './grid.ts';
import type { Area, Position, Ring } from './polygon.ts';

/** The polygons of an area: each a list of rings, the outer one first. */
export function polygonsOf(area: Area): readonly (readonly Ring[])[] {
  return area.type === 'Polygon' ? [area.coordinates] : area.coordinates;
}

export function vertexCount(area: Area): number {
  let vertices = 0;
  for (const polygon of polygonsOf(area)) for (const ring of polygon) vertices += ring.length;
  return vertices;
}

/** The bounds in the CRS of the area; an area without vertices gives infinities turned inside out. */
export function areaBounds(area: Area): BBox {
  let [xmin, ymin, xmax, ymax] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const polygon of polygonsOf(area))
    for (const ring of polygon)
      for (const [x, y] of ring) {
        if (x < xmin) xmin = x;
        if (x > xmax) xmax = x;
        if (y < ymin) ymin = y;
        if (y > ymax) ymax = y;
      }
  return [xmin, ymin, xmax, ymax];
}

/** Twice the signed area of a ring by the shoelace formula, positive when counter-clockwise (y upwards). */
export function signedRing(ring: Ring): number {
  const [x0, y0] = ring[0] ?? [0, 0];
  let twice = 0;
  // Relative to the first vertex: projected coordinates of millions of metres would cost six digits.
  for (let i = 1; i < ring.length; i++) {
    const [xa, ya] = ring[i - 1] as Position;
    const [xb, yb] = ring[i] as Position;
    twice += (xa - x0) * (yb - y0) - (xb - x0) * (ya - y0);
  }
  return twice;
}

/**
 * True for a ring that runs clockwise (y upwards), decided as OGR does (OGRSimpleCurve::isClockwise): at its lowest, then
 * rightmost vertex, by the signed area only where that vertex occurs twice or its neighbours lie on one line with it.
 */
export function isClockwise(ring: Ring): boolean {
  const last = ring.length - 2;
  let pivot = 0;
  let twice = false;
  for (let i = 1; i <= last; i++) {
    const [x, y] = ring[i] as Position;
    const [px, py] = ring[pivot] as Position;
    if (y < py || (y === py && x > px)) [pivot, twice] = [i, false];
    else if (y === py && x === px) twice = true;
  }
  if (!twice && last > 0) {
    const [x, y] = ring[pivot] as Position;
    const [xa, ya] = ring[pivot === 0 ? last : pivot - 1] as Position;
    const [xb, yb] = ring[pivot + 1] as Position;
    const turn = (xb - x) * (ya - y) - (xa - x) * (yb - y);
    if (turn !== 0) return turn < 0;
  }
  return signedRing(ring) < 0;
}

/** The planar area in squared units of the CRS: outer rings less holes, whatever the winding. */
export function areaOf(area: Area): number {
  let sum = 0;
  for (const [outer, ...holes] of polygonsOf(area)) {
    if (outer === undefined) continue;
    sum += Math.abs(signedRing(outer)) / 2;
    for (const hole of holes) sum -= Math.abs(signedRing(hole)) / 2;
  }
  return sum;
}

/** True when the point lies inside by the even-odd rule over the rings of one of the polygons; on the border either. */
export function containsPoint(area: Area, [x, y]: Position): boolean {
  return polygonsOf(area).some((rings) => {
    let inside = false;
    for (const ring of rings)
      for (let i = 1; i < ring.length; i++) {
        const [xa, ya] = ring[i - 1] as Position;
        const [xb, yb] = ring[i] as Position;
        if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) inside = !inside;
      }
    return inside;
  });
}

/** For a message; what is nested in a position is not walked into. */
function positionText(position: unknown): string {
  if (!Array.isArray(position)) return typeof position === 'object' ? '{}' : String(position);
  const shown = position.slice(0, 4).map((part) => (typeof part === 'object' ? '…' : String(part)));
  return `[${shown.join(', ')}${position.length > 4 ? ', …' : ''}]`;
}

/**
 * Checks what a file or a request gave as an area: type, nesting, at least four positions a ring, closed rings, finite
 * coordinates, the vertex limit; drops Z and M. `where` names the row in the error. Throws `InvalidFile`, `LimitExceeded`.
 */
export function checkArea(value: unknown, where: string): Area {
  const geometry = (value ?? {}) as { readonly type?: unknown; readonly coordinates?: unknown };
  if (geometry.type !== 'Polygon' && geometry.type !== 'MultiPolygon')
    throw new InvalidFile(
      `${where}: a parcel is a Polygon or MultiPolygon, this one is ${typeof geometry.type === 'string' ? `a ${geometry.type}` : 'without geometry'}`,
    );
  let vertices = 0;
  const checkRing = (ring: unknown): Ring => {
    if (!Array.isArray(ring) || ring.length < 4)
      throw new InvalidFile(`${where}: a ring needs at least four positions, the last equal to the first`);
    vertices += ring.length;
    checkLimit('vertices', vertices, where);
    const positions = ring.map((position: unknown): Position => {
      const [x, y] = Array.isArray(position) ? (position as unknown[]) : [];
      if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y))
        throw new InvalidFile(
          `${where}: '${positionText(position)}' is not a position of two finite numbers`,
        );
      return [x, y];
    });
    const [first, last] = [positions[0] as Position, positions.at(-1) as Position];
    if (first[0] !== last[0] || first[1] !== last[1])
      throw new InvalidFile(`${where}: a ring is not closed, it starts at ${first} and ends at ${last}`);
    return positions;
  };
  const checkPolygon = (rings: unknown): Ring[] => {
    if (!Array.isArray(rings) || rings.length === 0)
      throw new InvalidFile(`${where}: a polygon without rings`);
    return rings.map(checkRing);
  };
  if (geometry.type === 'Polygon')
    return { type: 'Polygon', coordinates: checkPolygon(geometry.coordinates) };
  if (!Array.isArray(geometry.coordinates) || geometry.coordinates.length === 0)
    throw new InvalidFile(`${where}: a multipolygon without polygons`);
  return { type: 'MultiPolygon', coordinates: geometry.coordinates.map(checkPolygon) };
}
