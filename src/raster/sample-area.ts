import { checkLimit } from '../limits.ts';
import { put, type Sampler, type Strip } from './warp-strip.ts';

/** Source pixels under one target pixel: values in row order, and the share of each that is covered. */
interface Covered {
  count: number;
  values: Float64Array;
  weights: Float64Array;
}

/** What the covered values make; `count` is at least 1. */
type Summary = (covered: Covered) => number;

/**
 * A sampler of all valid source pixels that the target pixel touches: those inside the box around its corners. Rules of
 * GDAL (GWKAverageOrModeThread).
 */
function overArea(summarize: Summary): Sampler {
  return {
    corners: true,
    fill: (strip) => {
      const covered: Covered = { count: 0, values: new Float64Array(64), weights: new Float64Array(64) };
      for (let j = 0; j < strip.down; j++)
        for (let i = 0; i < strip.across; i++) {
          collect(strip, j * (strip.across + 1) + i, covered);
          if (covered.count > 0) put(strip, strip.from + j * strip.across + i, summarize(covered));
        }
    },
  };
}

/** Slivers left by rounding of the corners must not decide a pixel. */
const SLIVER = 1e-6;

function collect(strip: Strip, corner: number, covered: Covered): void {
  const { pixels, width, height, missing, columns, rows, across } = strip;
  const [x0, x1] = extent(columns, corner, across + 1, width);
  const [y0, y1] = extent(rows, corner, across + 1, height);
  covered.count = 0;
  if (!(x1 - x0 > SLIVER && y1 - y0 > SLIVER)) return;
  const [left, right] = [Math.floor(x0 + SLIVER), Math.ceil(x1 - SLIVER)];
  const [top, bottom] = [Math.floor(y0 + SLIVER), Math.ceil(y1 - SLIVER)];
  const most = (right - left) * (bottom - top);
  if (covered.values.length < most) {
    checkLimit('windowBytes', most * 16, 'warp: the source pixels under one target pixel');
    covered.values = new Float64Array(most);
    covered.weights = new Float64Array(most);
  }
  for (let row = top; row < bottom; row++) {
    const tall = Math.min(y1, row + 1) - Math.max(y0, row);
    for (let column = left; column < right; column++) {
      const value = pixels[row * width + column] as number;
      if (value === missing || Number.isNaN(value)) continue;
      covered.values[covered.count] = value;
      covered.weights[covered.count++] = tall * (Math.min(x1, column + 1) - Math.max(x0, column));
    }
  }
}

/** From where to where the four corners of a pixel reach, cut to the image. */
function extent(places: Float64Array, corner: number, lattice: number, size: number): [number, number] {
  const a = places[corner] as number;
  const b = places[corner + 1] as number;
  const c = places[corner + lattice] as number;
  const d = places[corner + lattice + 1] as number;
  return [Math.max(0, Math.min(a, b, c, d)), Math.min(size, Math.max(a, b, c, d))];
}

/** The mean, each pixel weighed by its share. */
export const average: Sampler = overArea(({ values, weights, count }) => {
  let sum = 0;
  let all = 0;
  for (let i = 0; i < count; i++) {
    sum += (values[i] as number) * (weights[i] as number);
    all += weights[i] as number;
  }
  return sum / all;
});

/** The commonest value; of equally common ones that which was counted so often first, in row order. */
export const mode: Sampler = overArea(({ values, count }) => {
  const votes = new Map<number, number>();
  let best = values[0] as number;
  let most = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    const sum = (votes.get(value) ?? 0) + 1;
    votes.set(value, sum);
    if (sum > most) {
      most = sum;
      best = value;
    }
  }
  return best;
});

export const min: Sampler = overArea(({ values, count }) => {
  let lowest = Infinity;
  for (let i = 0; i < count; i++) lowest = Math.min(lowest, values[i] as number);
  return lowest;
});

export const max: Sampler = overArea(({ values, count }) => {
  let highest = -Infinity;
  for (let i = 0; i < count; i++) highest = Math.max(highest, values[i] as number);
  return highest;
});

/** A value that occurs: the lower one of the middle two of an even number. */
export const median: Sampler = overArea(({ values, count }) => {
  const sorted = values.subarray(0, count).sort();
  return sorted[Math.ceil(count / 2) - 1] as number;
});
