import type { OpenBand } from '../catalog/open-band.ts';
import { type Affine, applyAffine, invertAffine } from '../geometry/affine.ts';
import { sameCrs } from '../geometry/crs.ts';
import { type Grid, gridKey } from '../geometry/grid.ts';
import { onOneLine, type ParcelRuns } from '../parcels/runs.ts';
import { filePicks, type GridMap, type Picks } from '../raster/picks.ts';
import { chooseLevel, levelGrid } from '../raster/resample.ts';
import { blocksOf } from '../raster/visit-tiles.ts';

/** Where the pixels of parcels stand in a band's file. */
export interface BandPlace {
  readonly level: number;
  readonly picks: Picks;
  /** Of the gathered pixels: 0 where the band has none; left out where it covers all parcels. */
  readonly valid?: Uint8Array | undefined;
}

/** Source pixels; a centre on a border belongs to the pixel right of or below it, as in GDAL and the warp. */
const BORDER = 1e-10;

const placed = new WeakMap<ParcelRuns, Map<string, BandPlace>>();

/**
 * The place of parcels, whose runs are those of `grid`, in the level of a band's file that is read for that grid; undefined for a band
 * of another CRS or a turned grid, which has to be warped. Kept with the runs, for every band and date of one grid.
 */
export function placeBand({ band, raster }: OpenBand, grid: Grid, runs: ParcelRuns): BandPlace | undefined {
  const level = gridKey(band.grid) === gridKey(grid) ? 0 : levelFor(band.grid, grid, raster.info);
  if (level === undefined) return undefined;
  const own = { crs: grid.crs, ...levelGrid(raster.info, band.grid.transform, level) };
  const blocks = blocksOf(raster, level);
  const key = [gridKey(own), level, blocks.blockWidth, blocks.blockHeight].join('|');
  const known = placed.get(runs) ?? new Map<string, BandPlace>();
  placed.set(runs, known);
  const place = known.get(key) ?? placeOn(runs, grid, own, level, blocks);
  known.set(key, place);
  return place;
}

function levelFor(own: Grid, grid: Grid, info: Parameters<typeof chooseLevel>[0]): number | undefined {
  if (!sameCrs(own.crs, grid.crs) || !isUpright(own.transform) || !isUpright(grid.transform))
    return undefined;
  const across = Math.abs(grid.transform[0] / own.transform[0]);
  const down = Math.abs(grid.transform[4] / own.transform[4]);
  return chooseLevel(info, Math.min(across, down));
}

function isUpright([, b, , d]: Affine): boolean {
  return b === 0 && d === 0;
}

function placeOn(
  runs: ParcelRuns,
  grid: Grid,
  own: Grid,
  level: number,
  blocks: ReturnType<typeof blocksOf>,
): BandPlace {
  if (gridKey(own) === gridKey(grid)) return { level, picks: filePicks(runs.runs, blocks) };
  const inverse = invertAffine(own.transform);
  const toOwn = (column: number, row: number) =>
    applyAffine(inverse, ...applyAffine(grid.transform, column + 0.5, row + 0.5));
  const map = {
    columns: axis(grid.width, own.width, (column) => toOwn(column, 0)[0]),
    rows: axis(grid.height, own.height, (row) => toOwn(0, row)[1]),
  };
  return { level, picks: filePicks(runs.runs, blocks, map), valid: validPixels(runs, map) };
}

function axis(length: number, most: number, place: (i: number) => number): Int32Array {
  const own = new Int32Array(new SharedArrayBuffer(length * 4));
  for (let i = 0; i < length; i++) {
    const at = Math.floor(place(i) + BORDER);
    own[i] = at >= 0 && at < most ? at : -1;
  }
  return own;
}

function validPixels(runs: ParcelRuns, { columns, rows }: GridMap): Uint8Array | undefined {
  if (runs.window === undefined) return undefined;
  const { x, y, width, height } = runs.window;
  if (!columns.subarray(x, x + width).includes(-1) && !rows.subarray(y, y + height).includes(-1))
    return undefined;
  const valid = new Uint8Array(new SharedArrayBuffer(onOneLine(runs).window?.width ?? 0));
  let to = 0;
  for (let at = 0; at < runs.runs.length; at += 3) {
    const row = rows[runs.runs[at] as number] as number;
    for (let column = runs.runs[at + 1] as number; column < (runs.runs[at + 2] as number); column++, to++)
      valid[to] = row >= 0 && (columns[column] as number) >= 0 ? 1 : 0;
  }
  return valid;
}
