import { InvalidArgument, Unsupported } from '../errors.ts';
import { type Affine, applyAffine, invertAffine } from '../geometry/affine.ts';
import { checkLimit } from '../limits.ts';
import { fillNodata } from './nodata.ts';
import { bytesPerPixel, type DataType, dataTypeOf, type PixelArray, pixelArray } from './pixels.ts';
import { average, max, median, min, mode } from './sample-area.ts';
import { bilinear, cubic } from './sample-kernel.ts';
import { nearest } from './sample-nearest.ts';
import { APPROXIMATION_ERROR, type PixelTransform, transformPoints } from './transform-grid.ts';
import type { Sampler } from './warp-strip.ts';

const samplers = { nearest, bilinear, cubic, average, mode, min, max, median } satisfies Record<
  string,
  Sampler
>;

/** How the value of a pixel of another grid is made; rules and names of gdalwarp. */
export type WarpMethod = keyof typeof samplers;

/** Every method, nearest first. */
export const warpMethods = Object.keys(samplers) as readonly WarpMethod[];

/** A grid without its CRS: the transform function knows both sides'. */
export interface WarpGrid {
  readonly transform: Affine;
  readonly width: number;
  readonly height: number;
}

export interface WarpOptions {
  /** `nearest` when left out: right for classes and measures alike. */
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
 * when they share one). `nearest` takes the pixel under the target pixel's centre; `bilinear` weighs the four around it, `cubic`
 * sixteen (both widened in a smaller picture); `average`, `mode`, `min`, `max` and `median` ask all source pixels that the target
 * pixel touches. Nodata and NaN are left out and the weights of the rest scaled up. Integers are rounded half up and
 * kept within their type. The rules are GDAL's. Throws `InvalidArgument` when arrays and grid do
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
  const sampler: Sampler = samplers[method];
  const { scaleX, scaleY } = scales(transform, target);
  for (let top = 0; top < target.height; top += STRIP_ROWS) {
    const rows = Math.min(STRIP_ROWS, target.height - top);
    const points = sampler.corners
      ? transformPoints(transform, 0, top, target.width + 1, rows + 1, maxError)
      : transformPoints(transform, 0.5, top + 0.5, target.width, rows, maxError);
    for (const [band, pixels] of bands.entries()) {
      const output = results[band];
      const mask = valid[band];
      if (output === undefined || mask === undefined) continue;
      sampler.fill({
        pixels: pixels as Float64Array,
        width: source.width,
        height: source.height,
        missing: nodata ?? Number.NaN,
        round: !type.startsWith('float'),
        range: rangeOf(type),
        scaleX,
        scaleY,
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
    throw new InvalidArgument(`warp: there is no method '${method}': ${warpMethods.join(', ')}`);
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

/** Target pixels along one source pixel, at the middle of the target: at most 1. */
function scales(transform: PixelTransform, { width, height }: WarpGrid): { scaleX: number; scaleY: number } {
  const [x, y] = transform(width / 2 - 0.5, height / 2 - 0.5);
  const [right, rightRow] = transform(width / 2 + 0.5, height / 2 - 0.5);
  const [downColumn, down] = transform(width / 2 - 0.5, height / 2 + 0.5);
  const scale = (one: number, other: number): number => {
    const pixels = Math.abs(one) + Math.abs(other);
    return pixels > 1 && Number.isFinite(pixels) ? 1 / pixels : 1;
  };
  return { scaleX: scale(right - x, downColumn - x), scaleY: scale(rightRow - y, down - y) };
}

function rangeOf(type: DataType): readonly [lowest: number, highest: number] {
  const bits = 8 * bytesPerPixel(type);
  return type.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}
