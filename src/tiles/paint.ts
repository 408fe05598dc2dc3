import { InvalidArgument } from '../errors.ts';

/** Values from `low` (first colour, or black) to `high` (last colour, or full). */
export interface Stretch {
  readonly low: number;
  readonly high: number;
}

/** Colours of one layer by a map of 256 colours (768 bytes). RGBA, transparent where the value is NaN. */
export function paintScale(
  values: Float32Array,
  { low, high }: Stretch,
  colors: Uint8Array,
): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(values.length * 4);
  const factor = 255 / (high - low || 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const color = 3 * Math.min(255, Math.max(0, Math.round((value - low) * factor)));
    rgba[4 * i] = colors[color] ?? 0;
    rgba[4 * i + 1] = colors[color + 1] ?? 0;
    rgba[4 * i + 2] = colors[color + 2] ?? 0;
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

/** Three layers as red, green and blue, each by its stretch. Transparent where one of them is NaN. */
export function paintRgb(layers: readonly Float32Array[], stretches: readonly Stretch[]): Uint8ClampedArray {
  const length = layers[0]?.length ?? 0;
  const rgba = new Uint8ClampedArray(length * 4);
  for (let i = 0; i < length; i++) rgba[4 * i + 3] = 255;
  for (let channel = 0; channel < 3; channel++) {
    const values = layers[channel];
    const stretch = stretches[channel];
    if (values === undefined || stretch === undefined)
      throw new InvalidArgument('three layers make a colour image');
    const factor = 255 / (stretch.high - stretch.low || 1);
    for (let i = 0; i < length; i++) {
      const value = values[i] ?? Number.NaN;
      if (Number.isNaN(value)) rgba[4 * i + 3] = 0;
      else rgba[4 * i + channel] = (value - stretch.low) * factor;
    }
  }
  return rgba;
}

/** True when not one pixel can be seen. */
export function isBlank(rgba: Uint8ClampedArray): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 0) return false;
  return true;
}

/** The stretch between two percentiles (0 to 100) of the values that are not NaN; 0 to 1 where there is none. */
export function percentileStretch(values: Float32Array, from: number, to: number): Stretch {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  const at = (percent: number) => known[Math.round(((known.length - 1) * percent) / 100)] ?? Number.NaN;
  if (known.length === 0) return { low: 0, high: 1 };
  const [low, high] = [at(from), at(to)];
  return high > low ? { low, high } : { low, high: low + 1 };
}
