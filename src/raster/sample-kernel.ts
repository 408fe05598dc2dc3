import { put, type Sampler, type Strip, under } from './warp-strip.ts';

/** Below this scale GDAL widens the kernel, so that every source pixel has its part in a smaller picture (gdalwarpkernel.cpp). */
const WIDENED_BELOW = 0.95;
/** Weights that sum to less say nothing: all that is near is nodata. */
const LEAST_WEIGHT = 1e-9;

/** Weighs the four pixels around the centre; in a smaller picture a triangle as wide as two target pixels. */
export const bilinear: Sampler = withKernel(1, triangle, fillBilinear);

/**
 * Cubic convolution (Keys, a = -0.5) of the sixteen pixels around the centre; bilinear where one of them is nodata or outside,
 * as GDAL does; in a smaller picture the kernel widened to four target pixels.
 */
export const cubic: Sampler = withKernel(2, keys, (strip, i) => {
  if (!fillCubic(strip, i)) fillBilinear(strip, i);
});

/** As in GDAL, a pixel whose centre lies in nodata has no data: values do not grow into gaps. */
function withKernel(
  radius: number,
  kernel: (distance: number) => number,
  fillPixel: (strip: Strip, i: number) => void,
): Sampler {
  return {
    corners: false,
    fill: (strip) => {
      const { pixels, missing, across, down, scaleX, scaleY } = strip;
      const widened = scaleX < WIDENED_BELOW || scaleY < WIDENED_BELOW;
      const fill = widened ? convolution(strip, radius, kernel) : fillPixel;
      for (let i = 0; i < across * down; i++) {
        const at = under(strip, i);
        const value = pixels[at];
        if (value !== undefined && value !== missing && !Number.isNaN(value)) fill(strip, i);
      }
    },
  };
}

function fillBilinear(strip: Strip, i: number): void {
  const { pixels, width, height, missing, columns, rows, from } = strip;
  const x = columns[i] as number;
  const y = rows[i] as number;
  const left = Math.floor(x - 0.5);
  const top = Math.floor(y - 0.5);
  const u = x - 0.5 - left;
  const v = y - 0.5 - top;
  let sum = 0;
  let weights = 0;
  for (let corner = 0; corner < 4; corner++) {
    const column = left + (corner & 1);
    const row = top + (corner >> 1);
    if (column < 0 || column >= width || row < 0 || row >= height) continue;
    const value = pixels[row * width + column] as number;
    if (value === missing || Number.isNaN(value)) continue;
    const weight = ((corner & 1) === 1 ? u : 1 - u) * (corner >> 1 === 1 ? v : 1 - v);
    sum += value * weight;
    weights += weight;
  }
  if (weights >= LEAST_WEIGHT) put(strip, from + i, sum / weights);
}

/** False where the sixteen pixels are not all there. */
function fillCubic(strip: Strip, i: number): boolean {
  const { pixels, width, height, missing, columns, rows, from } = strip;
  const x = (columns[i] as number) - 0.5;
  const y = (rows[i] as number) - 0.5;
  const left = Math.floor(x) - 1;
  const top = Math.floor(y) - 1;
  if (!(left >= 0 && left + 3 < width && top >= 0 && top + 3 < height)) return false;
  const u = x - Math.floor(x);
  const v = y - Math.floor(y);
  let sum = 0;
  for (let row = 0; row < 4; row++) {
    let line = 0;
    for (let column = 0; column < 4; column++) {
      const value = pixels[(top + row) * width + left + column] as number;
      if (value === missing || Number.isNaN(value)) return false;
      line += value * keys(u + 1 - column);
    }
    sum += line * keys(v + 1 - row);
  }
  put(strip, from + i, sum);
  return true;
}

/** Of one pixel: the kernel over all pixels that it reaches, divided by the weights of those with data. */
function convolution(
  strip: Strip,
  radius: number,
  kernel: (distance: number) => number,
): (strip: Strip, i: number) => void {
  const { pixels, width, height, missing, columns, rows, from } = strip;
  const scaleX = strip.scaleX < WIDENED_BELOW ? strip.scaleX : 1;
  const scaleY = strip.scaleY < WIDENED_BELOW ? strip.scaleY : 1;
  const reachX = Math.ceil(radius / scaleX);
  const reachY = Math.ceil(radius / scaleY);
  const wide = new Float64Array(2 * reachX);
  return (_, i) => {
    const x = (columns[i] as number) - 0.5;
    const y = (rows[i] as number) - 0.5;
    const left = Math.floor(x) + 1 - reachX;
    const top = Math.floor(y) + 1 - reachY;
    for (let k = 0; k < wide.length; k++) wide[k] = kernel((x - left - k) * scaleX);
    let sum = 0;
    let weights = 0;
    for (let row = Math.max(0, top); row < Math.min(height, top + 2 * reachY); row++) {
      const tall = kernel((y - row) * scaleY);
      if (tall === 0) continue;
      for (let column = Math.max(0, left); column < Math.min(width, left + 2 * reachX); column++) {
        const value = pixels[row * width + column] as number;
        if (value === missing || Number.isNaN(value)) continue;
        const weight = tall * (wide[column - left] as number);
        sum += value * weight;
        weights += weight;
      }
    }
    if (weights >= LEAST_WEIGHT) put(strip, from + i, sum / weights);
  };
}

function triangle(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

function keys(distance: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}
