import { maskedClasses } from '../processes/cloud-classes.ts';
import { arrayOf, type Expression } from './expression.ts';

/**
 * A reducer along the bands of a cube that has only the scene classification: true where the class is one of `classes`, or
 * where there is none. Neighbouring classes become one range. Classes as in the Sentinel-2 Level-2A definition.
 */
export function cloudMask(classes: readonly number[] = maskedClasses): (data: Expression) => Expression {
  return (data) => {
    const value = data.at(0);
    const ranges = rangesOf(classes).map(([first, last]) =>
      first === last ? value.eq(first) : value.between(first, last),
    );
    return arrayOf(value.is_nodata(), ...ranges).any();
  };
}

/** Runs of whole numbers that follow each other, ascending. */
export function rangesOf(numbers: readonly number[]): [first: number, last: number][] {
  const ranges: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open !== undefined && open[1] === number - 1) open[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}
