/** How a component of a JPEG frame is sampled: its blocks in a unit, across and down. */
export interface Sampling {
  readonly across: number;
  readonly down: number;
}

/**
 * Smooths, in place, components that are stored at half the size and were enlarged by repeating pixels: the triangle filter of
 * libjpeg ("fancy upsampling", jdsample.c), to the last bit. Other ratios stay repeated, as there. `pixels` holds the
 * components of each pixel together.
 */
export function smoothComponents(
  pixels: Uint8Array,
  width: number,
  height: number,
  samplings: readonly Sampling[],
): void {
  const across = Math.max(...samplings.map((one) => one.across));
  const down = Math.max(...samplings.map((one) => one.down));
  for (const [component, one] of samplings.entries()) {
    const wide = across / one.across;
    const high = down / one.down;
    const columns = Math.ceil(width / wide);
    const fits = (wide === 2 && columns > 2) || (wide === 1 && high === 2);
    if (!fits || high > 2 || !Number.isInteger(high)) continue;
    const rows = Math.ceil(height / high);
    const small = new Uint8Array(columns * rows);
    const step = samplings.length;
    for (let row = 0, i = 0; row < rows; row++)
      for (let column = 0; column < columns; column++, i++)
        small[i] = pixels[(row * high * width + column * wide) * step + component] as number;
    enlarge({ small, columns, rows, wide, high }, pixels, width, height, step, component);
  }
}

interface Small {
  readonly small: Uint8Array;
  readonly columns: number;
  readonly rows: number;
  readonly wide: number;
  readonly high: number;
}

function enlarge(
  { small, columns, rows, wide, high }: Small,
  pixels: Uint8Array,
  width: number,
  height: number,
  step: number,
  component: number,
): void {
  const sums = new Uint16Array(columns);
  for (let y = 0; y < height; y++) {
    const row = high === 2 ? y >> 1 : y;
    const beside = Math.min(rows - 1, Math.max(0, row + (y & 1 ? 1 : -1)));
    for (let column = 0; column < columns; column++) {
      const own = small[row * columns + column] as number;
      sums[column] = high === 2 ? own * 3 + (small[beside * columns + column] as number) : own;
    }
    let at = y * width * step + component;
    for (let x = 0; x < width; x++, at += step) {
      if (wide === 1) {
        pixels[at] = ((sums[x] as number) + (y & 1 ? 2 : 1)) >> 2;
        continue;
      }
      const column = x >> 1;
      const own = sums[column] as number;
      const right = (x & 1) === 1;
      const neighbour = sums[column + (right ? 1 : -1)] ?? own;
      const near = own * 3 + neighbour;
      pixels[at] = high === 2 ? (near + (right ? 7 : 8)) >> 4 : (near + (right ? 2 : 1)) >> 2;
    }
  }
}

const SCALE = 65_536;
const HALF = SCALE / 2;
const fixed = (value: number): number => Math.floor(value * SCALE + 0.5);

/** Luminance and chrominance to red, green and blue, in place, by the integer arithmetic of libjpeg (jdcolor.c). */
export function ycbcrToRgb(pixels: Uint8Array): void {
  const red = new Int32Array(256);
  const blue = new Int32Array(256);
  const greenOfRed = new Int32Array(256);
  const greenOfBlue = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    const x = i - 128;
    red[i] = (fixed(1.402) * x + HALF) >> 16;
    blue[i] = (fixed(1.772) * x + HALF) >> 16;
    greenOfRed[i] = -fixed(0.71414) * x;
    greenOfBlue[i] = -fixed(0.34414) * x + HALF;
  }
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const y = pixels[i] as number;
    const cb = pixels[i + 1] as number;
    const cr = pixels[i + 2] as number;
    clamped[i] = y + (red[cr] as number);
    clamped[i + 1] = y + (((greenOfBlue[cb] as number) + (greenOfRed[cr] as number)) >> 16);
    clamped[i + 2] = y + (blue[cb] as number);
  }
}
