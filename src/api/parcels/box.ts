import { InvalidArgument } from '../../errors.ts';
import type { BBox } from '../../geometry/grid.ts';

/** `west,south,east,north` in degrees as a box. Throws `InvalidArgument` for another text. */
export function readBox(text: string): BBox {
  const sides = text.split(',').map((side) => (side.trim() === '' ? Number.NaN : Number(side)));
  const [west, south, east, north] = sides;
  if (
    sides.length !== 4 ||
    west === undefined ||
    south === undefined ||
    east === undefined ||
    north === undefined ||
    !sides.every(Number.isFinite)
  )
    throw new InvalidArgument(`a box is written west,south,east,north in degrees, not '${text}'`);
  return [west, south, east, north];
}
