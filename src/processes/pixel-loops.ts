import type { Column } from '../cube/plane.ts';

/** Writes the result for all pixels of one or two columns. NaN is nodata and gives NaN. */
export type LoopTwo = (a: Column, b: Column, out: Column) => void;
export type LoopWith = (a: Column, constant: number, out: Column) => void;

/**
 * Arithmetic on two columns, written out: a call for each pixel would cost more than the arithmetic itself. IEEE 754 carries
 * NaN through all four.
 */
export const arithmeticLoops: Readonly<Record<'add' | 'subtract' | 'multiply' | 'divide', LoopTwo>> = {
  add: (a, b, out) => {
    for (let i = 0; i < out.length; i += 1) out[i] = (a[i] as number) + (b[i] as number);
  },
  subtract: (a, b, out) => {
    for (let i = 0; i < out.length; i += 1) out[i] = (a[i] as number) - (b[i] as number);
  },
  multiply: (a, b, out) => {
    for (let i = 0; i < out.length; i += 1) out[i] = (a[i] as number) * (b[i] as number);
  },
  divide: (a, b, out) => {
    for (let i = 0; i < out.length; i += 1) out[i] = (a[i] as number) / (b[i] as number);
  },
};

/** (a - b) / (a + b). */
export const normalizedDifference: LoopTwo = (a, b, out) => {
  for (let i = 0; i < out.length; i += 1) {
    const x = a[i] as number;
    const y = b[i] as number;
    out[i] = (x - y) / (x + y);
  }
};

/** Comparisons of a column with a number: 1 or 0, and NaN where the pixel is NaN. */
export const comparisonLoops: Readonly<Record<'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq', LoopWith>> = {
  gt: (a, c, out) => {
    for (let i = 0; i < out.length; i += 1) out[i] = (a[i] as number) > c ? 1 : zeroOrNodata(a[i] as number);
  },
  gte: (a, c, out) => {
    for (let i = 0; i < out.length; i += 1) out[i] = (a[i] as number) >= c ? 1 : zeroOrNodata(a[i] as number);
  },
  lt: (a, c, out) => {
    for (let i = 0; i < out.length; i += 1) out[i] = (a[i] as number) < c ? 1 : zeroOrNodata(a[i] as number);
  },
  lte: (a, c, out) => {
    for (let i = 0; i < out.length; i += 1) out[i] = (a[i] as number) <= c ? 1 : zeroOrNodata(a[i] as number);
  },
  eq: (a, c, out) => {
    for (let i = 0; i < out.length; i += 1)
      out[i] = (a[i] as number) === c ? 1 : zeroOrNodata(a[i] as number);
  },
  neq: (a, c, out) => {
    for (let i = 0; i < out.length; i += 1) {
      const x = a[i] as number;
      out[i] = x === c ? 0 : Number.isNaN(x) ? Number.NaN : 1;
    }
  },
};

/** 0 for a number, NaN for NaN. */
function zeroOrNodata(x: number): number {
  return Number.isNaN(x) ? Number.NaN : 0;
}

/** Logic on columns that hold 0, 1 and NaN (other numbers count as 1), by the truth tables with nodata. */
export const logicLoops: Readonly<Record<'and' | 'or', LoopTwo>> = {
  and: (a, b, out) => {
    for (let i = 0; i < out.length; i += 1) {
      const x = a[i] as number;
      const y = b[i] as number;
      out[i] = x === 0 || y === 0 ? 0 : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 1;
    }
  },
  or: (a, b, out) => {
    for (let i = 0; i < out.length; i += 1) {
      const x = a[i] as number;
      const y = b[i] as number;
      const decided = (x !== 0 && !Number.isNaN(x)) || (y !== 0 && !Number.isNaN(y));
      out[i] = decided ? 1 : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0;
    }
  },
};
