import type { PixelArray } from '../../../src/raster/pixels.ts';

const primes = [7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43];

/** GDALChecksumImage of one band (gdal/alg/gdalchecksum.cpp): numbers modulo primes taken in turn, floats rounded first. */
export function gdalChecksum(pixels: PixelArray): number {
  const floats = pixels instanceof Float32Array || pixels instanceof Float64Array;
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) {
    let value = Number(pixels[i]);
    if (floats)
      value = Number.isFinite(value)
        ? Math.floor(Math.min(2_147_483_647, Math.max(-2_147_483_647, value + 0.5)))
        : -2_147_483_648;
    sum = (sum + (value % (primes[i % primes.length] as number))) & 0xffff;
  }
  return sum;
}
