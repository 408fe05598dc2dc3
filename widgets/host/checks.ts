import { InvalidArgument } from '../../src/index.ts';
import type { Check } from './widget.ts';

function refused(what: string, value: unknown): InvalidArgument {
  return new InvalidArgument(
    `${what} is expected, not ${JSON.stringify(value)?.slice(0, 80) ?? typeof value}`,
  );
}

/** Checks for values that come from a browser or a cell; each throws `InvalidArgument`. */
export const text: Check<string> = (value) => {
  if (typeof value !== 'string') throw refused('a text', value);
  return value;
};

export const truth: Check<boolean> = (value) => {
  if (typeof value !== 'boolean') throw refused('true or false', value);
  return value;
};

/** A whole number from `low` to `high`. */
export function wholeNumber(low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER): Check<number> {
  return (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < low || value > high)
      throw refused(`a whole number from ${low} to ${high}`, value);
    return value;
  };
}

/** A finite number from `low` to `high`. */
export function numberBetween(low: number, high: number): Check<number> {
  return (value) => {
    if (typeof value !== 'number' || !(value >= low && value <= high))
      throw refused(`a number from ${low} to ${high}`, value);
    return value;
  };
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value) => (value === null ? null : check(value));
}

export function oneOf<T extends string>(choices: readonly T[]): Check<T> {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw refused(`one of ${choices.join(', ')}`, value);
    return found;
  };
}

/** Pixels of a drawing's height. */
export const drawingHeight: Check<number> = wholeNumber(100, 4000);
