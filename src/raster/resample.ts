import { InvalidArgument } from '../errors.ts';
import { type Affine, applyAffine } from '../geometry/affine.ts';
import { fillNodata } from './nodata.ts';
import type { PixelWindow } from './pixels.ts';
import { pixelArray } from './pixels.ts';
import type { Raster, RasterInfo } from './raster.ts';
import { pixelTransform, type Warped, type WarpGrid, type WarpMethod, warp } from './warp.ts';

export interface ResampleRequest {
  /** The grid to fill, in the target's CRS. */
  readonly target: WarpGrid;
  /** From the target's CRS to the raster's; the identity when they share one. */
  readonly toSource: (x: number, y: number) => readonly [x: number, y: number];
  /** Zero-based; all when left out. */
  readonly bands?: readonly number[] | undefined;
  readonly method?: WarpMethod | undefined;
  /** In place of the file's nodata. */
  readonly nodata?: number | undefined;
  /** Source pixels by which places may be off; GDAL's eighth when left out. */
  readonly maxError?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Points looked at along each side of the target when its place in the source is sought. */
const PROBES = 16;
/** Source pixels around the window: the neighbours that a kernel asks, and what curved edges hide between the probes. */
const MARGIN = 2;

/**
 * Fills a target grid from a raster of any CRS: takes the coarsest overview not coarser than the target, reads
 * the window that the target needs and warps it. Pixels outside the raster, or nodata, are 0 in `valid` and nodata (or 0) in `bands`.
 * Throws `InvalidArgument` for a raster without georeference, besides what reading throws.
 */
export async function resampleInto(raster: Raster, request: ResampleRequest): Promise<Warped> {
  const { info } = raster;
  const { target, toSource, method = 'nearest', maxError, signal } = request;
  if (info.transform === undefined)
    throw new InvalidArgument(`${info.url} has no georeference, so it cannot be resampled`);
  const nodata = request.nodata ?? info.nodata;
  const bands = request.bands ?? Array.from({ length: info.bands }, (_, band) => band);
  const full = { transform: info.transform, width: info.width, height: info.height };
  const level = chooseLevel(info, pixelsPerTarget(full, target, toSource));
  const grid = levelGrid(info, info.transform, level);
  // A kernel that is widened reaches as many target pixels far.
  const window = sourceWindow(
    grid,
    target,
    toSource,
    MARGIN * Math.max(1, pixelsPerTarget(grid, target, toSource)),
  );
  if (window === undefined) {
    const size = target.width * target.height;
    return {
      bands: bands.map(() => {
        const pixels = pixelArray(info.dataType, size);
        fillNodata(pixels, info.dataType, nodata);
        return pixels;
      }),
      valid: bands.map(() => new Uint8Array(size)),
    };
  }
  const pixels = await raster.read({ bands, window, level, signal });
  const [a, b, , d, e] = grid.transform;
  const [c, f] = applyAffine(grid.transform, window.x, window.y);
  const source = { transform: [a, b, c, d, e, f] as const, width: window.width, height: window.height };
  return warp(pixels, source, target, toSource, { method, nodata, maxError });
}

/** The grid of one level: the same bounds in fewer pixels. */
export function levelGrid(info: RasterInfo, transform: Affine, level: number): WarpGrid {
  const { width, height } = info.levels[level] ?? info;
  const across = info.width / width;
  const down = info.height / height;
  const [a, b, c, d, e, f] = transform;
  return { transform: [a * across, b * down, c, d * across, e * down, f], width, height };
}

/** The coarsest level with at least one pixel for each `ratio` pixels of the full image asked; GDAL allows as much slack. */
export function chooseLevel(info: RasterInfo, ratio: number): number {
  let chosen = 0;
  for (const [level, { width }] of info.levels.entries())
    if (info.width / width <= ratio * 1.2) chosen = level;
  return chosen;
}

/** Full-resolution source pixels along one target pixel, at the middle of the target. */
function pixelsPerTarget(source: WarpGrid, target: WarpGrid, toSource: ResampleRequest['toSource']): number {
  const transform = pixelTransform(source, target, toSource);
  const column = target.width / 2;
  const row = target.height / 2;
  const [x, y] = transform(column, row);
  const [rightX, rightY] = transform(column + 1, row);
  const [downX, downY] = transform(column, row + 1);
  const ratio = Math.min(Math.hypot(rightX - x, rightY - y), Math.hypot(downX - x, downY - y));
  return Number.isFinite(ratio) ? ratio : 1;
}

/** The source pixels that the target needs, and `margin` around them; undefined when the two do not meet. */
export function sourceWindow(
  source: WarpGrid,
  target: WarpGrid,
  toSource: ResampleRequest['toSource'],
  margin = MARGIN,
): PixelWindow | undefined {
  const transform = pixelTransform(source, target, toSource);
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let j = 0; j <= PROBES; j++) {
    for (let i = 0; i <= PROBES; i++) {
      const [column, row] = transform((i / PROBES) * target.width, (j / PROBES) * target.height);
      if (!Number.isFinite(column) || !Number.isFinite(row)) continue;
      left = Math.min(left, column);
      right = Math.max(right, column);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
    }
  }
  // Between probes an edge bends by no more than a small part of the probed extent.
  const slack = margin + (Math.max(right - left, bottom - top) / PROBES) * 0.25;
  const x = Math.max(0, Math.floor(left - slack));
  const y = Math.max(0, Math.floor(top - slack));
  const width = Math.min(source.width, Math.ceil(right + slack)) - x;
  const height = Math.min(source.height, Math.ceil(bottom + slack)) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
