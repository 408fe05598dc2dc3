import type { Strides } from './predictor.ts';
import { halves, words } from './word-views.ts';

/**
 * Copies samples of `size` bytes bit by bit; see `Strides` (`toStep` must be 1). Neighbouring samples are copied natively,
 * row by row. Both arrays must start on a multiple of the sample size.
 */
export function copySamples(source: Uint8Array, target: Uint8Array, size: number, strides: Strides): void {
  if (size === 1) copy8(source, target, strides);
  else if (size === 2) copy16(halves(source), halves(target), strides);
  else if (size === 4) copy32(words(source), words(target), strides);
  else copy64(words(source), words(target), strides);
}

function copy8(source: Uint8Array, target: Uint8Array, s: Strides): void {
  const { columns, rows, fromStep } = s;
  for (let row = 0; row < rows; row++) {
    let i = s.from + row * s.fromRow;
    const o = s.to + row * s.toRow;
    if (fromStep === 1) target.set(source.subarray(i, i + columns), o);
    else
      for (let column = 0; column < columns; column++, i += fromStep)
        target[o + column] = source[i] as number;
  }
}

function copy16(source: Uint16Array, target: Uint16Array, s: Strides): void {
  const { columns, rows, fromStep } = s;
  for (let row = 0; row < rows; row++) {
    let i = s.from + row * s.fromRow;
    const o = s.to + row * s.toRow;
    if (fromStep === 1) target.set(source.subarray(i, i + columns), o);
    else
      for (let column = 0; column < columns; column++, i += fromStep)
        target[o + column] = source[i] as number;
  }
}

function copy32(source: Uint32Array, target: Uint32Array, s: Strides): void {
  const { columns, rows, fromStep } = s;
  for (let row = 0; row < rows; row++) {
    let i = s.from + row * s.fromRow;
    const o = s.to + row * s.toRow;
    if (fromStep === 1) target.set(source.subarray(i, i + columns), o);
    else
      for (let column = 0; column < columns; column++, i += fromStep)
        target[o + column] = source[i] as number;
  }
}

/** 64-bit samples as pairs of words, so that no NaN's bits are lost and no BigInt is made. */
function copy64(source: Uint32Array, target: Uint32Array, s: Strides): void {
  const { columns, rows, fromStep } = s;
  for (let row = 0; row < rows; row++) {
    let i = (s.from + row * s.fromRow) * 2;
    let o = (s.to + row * s.toRow) * 2;
    if (fromStep === 1) target.set(source.subarray(i, i + columns * 2), o);
    else
      for (let column = 0; column < columns; column++, i += fromStep * 2, o += 2) {
        target[o] = source[i] as number;
        target[o + 1] = source[i + 1] as number;
      }
  }
}
