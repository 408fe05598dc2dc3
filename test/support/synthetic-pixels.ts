import { type DataType, type PixelArray, pixelArray } from '../../src/raster/pixels.ts';

/** Deterministic numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const extremes: Readonly<Record<DataType, readonly [number | bigint, number | bigint]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint32: [0, 2 ** 32 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  float32: [-3.4e38, 3.4e38],
  float64: [-1.7e308, 1.7e308],
  uint64: [0n, 2n ** 64n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** A smooth field with noise, a corner of nodata where there is one, and the type's extremes at its first pixels. */
export function syntheticBand(
  type: DataType,
  width: number,
  height: number,
  seed: number,
  nodata?: number,
): PixelArray {
  const random = seededRandom(seed);
  const pixels = pixelArray(type, width * height);
  const float = type.startsWith('float');
  const values = new Float64Array(width * height);
  const waves = Float64Array.from({ length: width }, (_, column) => 30 * Math.sin(column / 40));
  for (let row = 0; row < height; row++) {
    const crest = Math.cos(row / 30);
    const filled = Math.min(width, Math.floor((width + height) * 0.8) - row + 1);
    for (let column = 0; column < width; column++) {
      const field = 60 + (waves[column] as number) * crest + 20 * random();
      const value = nodata !== undefined && column >= filled ? nodata : float ? field : Math.floor(field);
      values[row * width + column] = value;
    }
  }
  if (pixels instanceof BigInt64Array || pixels instanceof BigUint64Array)
    for (const [at, value] of values.entries()) pixels[at] = BigInt(value);
  else pixels.set(values);
  extremes[type].forEach((value, at) => {
    if (at < pixels.length - 1) pixels[at] = value as never;
  });
  return pixels;
}
