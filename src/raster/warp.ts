import { InvalidArgument, Unsupported } from '../errors.ts';
import { type Affine, applyAffine, invertAffine } from '../geometry/affine.ts';
import { checkLimit } from '../limits.ts';
import { fillNodata } from './nodata.ts';
import { bytesPerPixel, type DataType, dataTypeOf, type PixelArray, pixelArray } from './pixels.ts';
import { APPROXIMATION_ERROR, type PixelTransform, transformPoints } from './transform-grid.ts';

export type WarpMethod = 'nearest' | 'bilinear' | 'average';

/** A grid without its CRS: the transform function knows both sides'. */
export interface WarpGrid {
  readonly transform: Affine;
  readonly width: number;
  readonly height: number;
}

export interface WarpOptions {
  /** `nearest` when left out. */
  readonly method?: WarpMethod | undefined;
  readonly nodata?: number | undefined;
  /** Source pixels by which a point may be off, 0.125 when left out; 0 transforms every pixel exactly. */
  readonly maxError?: number | undefined;
}

export interface Warped {
  /** One array a band, of the source's type; nodata (0 where there is none) outside the source. */
  readonly bands: PixelArray[];
  /** Per band, 1 where the pixel has a value. */
  readonly valid: Uint8Array[];
}

/** Rows done at a time, so that the coordinates of a large target need little memory. */
const STRIP_ROWS = 64;

/**
 * Resamples pixels from one grid to another. `toSource` maps a point of the target's CRS to the source's (the identity
 * when they share one). `nearest` takes the pixel under the target pixel's centre; `bilinear` weighs the four around it;
 * `average` weighs all source pixels by their share of the box around the target pixel's corners. Nodata and NaN are
 * left out and the weights of the rest scaled up. Integers are rounded half up. Throws `InvalidArgument` when arrays and grid do
 * not fit, `Unsupported` for 64-bit integers by another method than nearest.
 */
export function warp(
  bands: readonly PixelArray[],
  source: WarpGrid,
  target: WarpGrid,
  toSource: (x: number, y: number) => readonly [x: number, y: number],
  options: WarpOptions = {},
): Warped {
  const { method = 'nearest', nodata, maxError = APPROXIMATION_ERROR } = options;
  const type = checkBands(bands, source, method);
  const size = target.width * target.height;
  checkLimit('windowBytes', size * (bytesPerPixel(type) + 1) * bands.length, 'warp');
  const results = bands.map(() => pixelArray(type, size));
  const valid = bands.map(() => new Uint8Array(size));
  for (const pixels of results) if (nodata !== undefined) fillNodata(pixels, type, nodata);
  const transform = pixelTransform(source, target, toSource);
  const sampler = samplers[method];
  for (let top = 0; top < target.height; top += STRIP_ROWS) {
    const rows = Math.min(STRIP_ROWS, target.height - top);
    const points =
      method === 'average'
        ? transformPoints(transform, 0, top, target.width + 1, rows + 1, maxError)
        : transformPoints(transform, 0.5, top + 0.5, target.width, rows, maxError);
    for (const [band, pixels] of bands.entries()) {
      const output = results[band];
      const mask = valid[band];
      if (output === undefined || mask === undefined) continue;
      sampler({
        pixels: pixels as Float64Array,
        width: source.width,
        height: source.height,
        missing: nodata ?? Number.NaN,
        round: !type.startsWith('float'),
        columns: points.columns,
        rows: points.rows,
        output: output as Float64Array,
        valid: mask,
        from: top * target.width,
        across: target.width,
        down: rows,
      });
    }
  }
  return { bands: results, valid };
}

/** Target pixel space to source pixel space, through both transforms and the CRS function. */
export function pixelTransform(
  source: WarpGrid,
  target: WarpGrid,
  toSource: (x: number, y: number) => readonly [x: number, y: number],
): PixelTransform {
  const inverse = invertAffine(source.transform);
  return (column, row) => {
    const [x, y] = applyAffine(target.transform, column, row);
    const [sourceX, sourceY] = toSource(x, y);
    return applyAffine(inverse, sourceX, sourceY);
  };
}

function checkBands(bands: readonly PixelArray[], { width, height }: WarpGrid, method: WarpMethod): DataType {
  const [first] = bands;
  if (first === undefined) throw new InvalidArgument('warp: no band');
  if (!(method in samplers))
    throw new InvalidArgument(`warp: method '${method}': nearest, bilinear or average`);
  const type = dataTypeOf(first);
  for (const band of bands)
    if (dataTypeOf(band) !== type || band.length !== width * height)
      throw new InvalidArgument(
        `warp: a band of ${band.length} ${dataTypeOf(band)} for ${width} x ${height} ${type}`,
      );
  if (method !== 'nearest' && (type === 'int64' || type === 'uint64'))
    throw new Unsupported(`warp: ${method} of ${type}; use nearest`);
  return type;
}

/** One strip of one band. Arrays of other numbers pass as Float64Array: only reading and writing of elements is used. */
interface Strip {
  readonly pixels: Float64Array;
  readonly width: number;
  readonly height: number;
  readonly missing: number;
  readonly round: boolean;
  readonly columns: Float64Array;
  readonly rows: Float64Array;
  readonly output: Float64Array;
  readonly valid: Uint8Array;
  readonly from: number;
  readonly across: number;
  readonly down: number;
}

function nearest({
  pixels,
  width,
  height,
  missing,
  columns,
  rows,
  output,
  valid,
  from,
  across,
  down,
}: Strip): void {
  // A 64-bit integer is compared as a number, which no nodata value of a file can tell from exact.
  const big = pixels instanceof BigInt64Array || pixels instanceof BigUint64Array;
  for (let i = 0; i < across * down; i++) {
    const column = Math.floor(columns[i] as number);
    const row = Math.floor(rows[i] as number);
    if (!(column >= 0 && column < width && row >= 0 && row < height)) continue;
    const value = pixels[row * width + column] as number;
    const number = big ? Number(value) : value;
    if (number === missing || Number.isNaN(number)) continue;
    output[from + i] = value;
    valid[from + i] = 1;
  }
}

function bilinear({
  pixels,
  width,
  height,
  missing,
  round,
  columns,
  rows,
  output,
  valid,
  from,
  across,
  down,
}: Strip): void {
  for (let i = 0; i < across * down; i++) {
    const x = columns[i] as number;
    const y = rows[i] as number;
    if (!(x >= 0 && x <= width && y >= 0 && y <= height)) continue;
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
    if (weights < 1e-9) continue;
    output[from + i] = round ? Math.floor(sum / weights + 0.5) : sum / weights;
    valid[from + i] = 1;
  }
}

/** Lattice points here are the corners of the target pixels: one column and one row more. */
function average({
  pixels,
  width,
  height,
  missing,
  round,
  columns,
  rows,
  output,
  valid,
  from,
  across,
  down,
}: Strip): void {
  const lattice = across + 1;
  for (let j = 0; j < down; j++) {
    for (let i = 0; i < across; i++) {
      const a = j * lattice + i;
      const b = a + lattice;
      const x0 = Math.max(
        0,
        Math.min(
          columns[a] as number,
          columns[a + 1] as number,
          columns[b] as number,
          columns[b + 1] as number,
        ),
      );
      const x1 = Math.min(
        width,
        Math.max(
          columns[a] as number,
          columns[a + 1] as number,
          columns[b] as number,
          columns[b + 1] as number,
        ),
      );
      const y0 = Math.max(
        0,
        Math.min(rows[a] as number, rows[a + 1] as number, rows[b] as number, rows[b + 1] as number),
      );
      const y1 = Math.min(
        height,
        Math.max(rows[a] as number, rows[a + 1] as number, rows[b] as number, rows[b + 1] as number),
      );
      if (!(x1 > x0 && y1 > y0)) continue;
      let sum = 0;
      let weights = 0;
      for (let row = Math.floor(y0); row < y1; row++) {
        const tall = Math.min(y1, row + 1) - Math.max(y0, row);
        for (let column = Math.floor(x0); column < x1; column++) {
          const value = pixels[row * width + column] as number;
          if (value === missing || Number.isNaN(value)) continue;
          const weight = tall * (Math.min(x1, column + 1) - Math.max(x0, column));
          sum += value * weight;
          weights += weight;
        }
      }
      // Slivers left by rounding of the corners must not decide a pixel.
      if (weights < 1e-6) continue;
      const o = from + j * across + i;
      output[o] = round ? Math.floor(sum / weights + 0.5) : sum / weights;
      valid[o] = 1;
    }
  }
}

const samplers = { nearest, bilinear, average } as const;
