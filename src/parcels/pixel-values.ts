import type { PixelArray } from '../raster/pixels.ts';

/** Pixels of one band in row order. 64-bit integers beyond 2^53 lose their last digits. */
export type PixelValues = PixelArray;

/** 8 and 16 bits: sums of squares stay exact and percentiles can be counted. */
export type NarrowPixels = Uint8Array | Int8Array | Uint16Array | Int16Array;
export type WidePixels = Exclude<PixelValues, NarrowPixels>;

export function isNarrow(pixels: PixelValues): pixels is NarrowPixels {
  return (
    pixels instanceof Uint16Array ||
    pixels instanceof Uint8Array ||
    pixels instanceof Int16Array ||
    pixels instanceof Int8Array
  );
}
