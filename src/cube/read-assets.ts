import type { BandAsset } from '../catalog/item.ts';
import { openBand } from '../catalog/open-band.ts';
import { InvalidFile, throwIfCancelled } from '../errors.ts';
import { applyAffine, invertAffine } from '../geometry/affine.ts';
import { sameCrs, transformBBox, transformer } from '../geometry/crs.ts';
import { type BBox, type Grid, gridBounds, gridKey } from '../geometry/grid.ts';
import { checkLimit } from '../limits.ts';
import type { PixelArray, PixelWindow } from '../raster/pixels.ts';
import { BORDER } from '../raster/warp-strip.ts';
import type { Column } from './plane.ts';

/**
 * Which pixel of a source each pixel of a window takes, nearest neighbour: `window` is the part of the source to read,
 * `index` a position in it, -1 for pixels that the source does not cover.
 */
interface Sampling {
  readonly window: PixelWindow;
  readonly index: Int32Array;
}

/** Samplings kept: the bands and dates of a chunk share a handful of grids. */
const MOST_SAMPLINGS = 24;
const samplings = new Map<string, Sampling | undefined>();

/**
 * Reads one plane from its files: values are stored * scale + offset, NaN where the stored number is nodata or no file
 * covers the pixel. Files are in order of preference: a later one fills only what the earlier ones left open. Each pixel
 * takes the file's pixel that its centre lies in.
 */
export async function readAssets(
  assets: readonly BandAsset[],
  frame: Grid,
  window: PixelWindow,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Column> {
  const column = new Float64Array(window.width * window.height).fill(Number.NaN);
  for (const asset of assets) {
    throwIfCancelled(signal, 'reading the collection');
    // The catalog's grid says whether the file can touch the window at all; what is read follows the file's own header.
    if (!mayTouch(asset.grid, frame, window)) continue;
    const { band, raster } = await openBand(asset, { signal });
    const sampling = samplingOf(band.grid, frame, window);
    if (sampling === undefined) continue;
    const { width, height } = sampling.window;
    checkLimit('windowBytes', width * height * 8, band.href);
    const [pixels] = await raster.read({ bands: [band.bandIndex], window: sampling.window, signal });
    if (pixels === undefined) throw new InvalidFile(`${band.href} has no band ${band.bandIndex}`);
    fill(column, pixels, sampling.index, band);
  }
  return column;
}

function fill(column: Column, pixels: PixelArray, index: Int32Array, band: BandAsset): void {
  const { scale, offset, nodata } = band;
  const plain = scale === 1 && offset === 0;
  const values =
    pixels instanceof BigInt64Array || pixels instanceof BigUint64Array
      ? Float64Array.from(pixels, Number)
      : pixels;
  for (let i = 0; i < column.length; i += 1) {
    const from = index[i] as number;
    const open = column[i] as number;
    if (from < 0 || !Number.isNaN(open)) continue;
    const stored = values[from] as number;
    if (stored === nodata) continue;
    column[i] = plain ? stored : stored * scale + offset;
  }
}

function samplingOf(source: Grid, frame: Grid, window: PixelWindow): Sampling | undefined {
  const key = `${gridKey(source)}|${gridKey(frame)}|${window.x},${window.y},${window.width},${window.height}`;
  if (samplings.has(key)) {
    const known = samplings.get(key);
    samplings.delete(key);
    samplings.set(key, known);
    return known;
  }
  const sampling = computeSampling(source, frame, window);
  samplings.set(key, sampling);
  for (const oldest of samplings.keys()) {
    if (samplings.size <= MOST_SAMPLINGS) break;
    samplings.delete(oldest);
  }
  return sampling;
}

function computeSampling(source: Grid, frame: Grid, window: PixelWindow): Sampling | undefined {
  const { width, height } = window;
  const columns = new Int32Array(width * height).fill(-1);
  const rows = new Int32Array(width * height);
  if (!mayTouch(source, frame, window)) return undefined;
  const toSource = invertAffine(source.transform);
  const place = (i: number, x: number, y: number) => {
    const [column, row] = applyAffine(toSource, x, y);
    const [c, r] = [Math.floor(column + BORDER), Math.floor(row + BORDER)];
    if (c < 0 || r < 0 || c >= source.width || r >= source.height || Number.isNaN(column + row)) return;
    columns[i] = c;
    rows[i] = r;
  };
  const reproject = sameCrs(source.crs, frame.crs) ? undefined : transformer(frame.crs, source.crs);
  for (let row = 0, i = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1, i += 1) {
      const [x, y] = applyAffine(frame.transform, window.x + column + 0.5, window.y + row + 0.5);
      if (reproject === undefined) place(i, x, y);
      else place(i, ...reproject(x, y));
    }
  return cut(columns, rows, source);
}

/** Positions in the smallest window of the source that holds all pixels asked for. */
function cut(columns: Int32Array, rows: Int32Array, { width }: Grid): Sampling | undefined {
  let [left, right, top, bottom] = [Number.POSITIVE_INFINITY, -1, Number.POSITIVE_INFINITY, -1];
  columns.forEach((column, i) => {
    if (column < 0) return;
    const row = rows[i] as number;
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  });
  if (right < 0) return undefined;
  const window = { x: left, y: top, width: Math.min(width, right + 1) - left, height: bottom + 1 - top };
  const index = columns.map((column, i) =>
    column < 0 ? -1 : ((rows[i] as number) - top) * window.width + (column - left),
  );
  return { window, index };
}

function mayTouch(source: Grid, frame: Grid, window: PixelWindow): boolean {
  const [x, y] = applyAffine(frame.transform, window.x, window.y);
  const [a, b, , d, e] = frame.transform;
  const box = gridBounds({
    crs: frame.crs,
    transform: [a, b, x, d, e, y],
    width: window.width,
    height: window.height,
  });
  const other: BBox = transformBBox(gridBounds(source), source.crs, frame.crs);
  return box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3];
}
