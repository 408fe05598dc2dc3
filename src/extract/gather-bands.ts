import type { OpenBand } from '../catalog/open-band.ts';
import { TaskFailed } from '../errors.ts';
import { transformer } from '../geometry/crs.ts';
import type { Grid } from '../geometry/grid.ts';
import { onOneLine, type ParcelRuns } from '../parcels/runs.ts';
import { sharedIntegers } from '../raster/picks.ts';
import { bytesPerPixel, type PixelWindow, sharedPixelArray } from '../raster/pixels.ts';
import { resampleInto } from '../raster/resample.ts';
import { pickBatches, pickPixels } from '../raster/visit-tiles.ts';
import type { ExtractPool, GatherJob } from './extract-pool.ts';
import type { GatheredBand } from './measure-parcels.ts';
import { parcelBlocks } from './parcel-blocks.ts';
import { placeBand } from './place-band.ts';

export interface GatherOptions {
  /** Worker threads that share the work; this thread alone when left out. */
  readonly pool?: ExtractPool | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The pixels of bands in parcels, whose runs are those of `grid`. Only tiles with parcels are read, each once for all bands of its file, and
 * nothing but the parcels' pixels is kept. A band of another grid is laid on this one: each pixel takes what lies under its
 * centre, of the coarsest overview that is not coarser than the grid.
 */
export async function gatherBands(
  bands: readonly OpenBand[],
  grid: Grid,
  runs: ParcelRuns,
  { pool, signal }: GatherOptions,
): Promise<GatheredBand[]> {
  const pixels = onOneLine(runs).window?.width ?? 0;
  const gathered: GatheredBand[] = [];
  const jobs: (GatherJob & { readonly open: OpenBand })[] = [];
  for (const open of bands) {
    const into = sharedPixelArray(open.band.dataType, pixels);
    const place = placeBand(open, grid, runs);
    gathered.push({
      pixels: into,
      valid: place ? place.valid : new Uint8Array(new SharedArrayBuffer(pixels)),
    });
    if (place === undefined || pixels === 0) continue;
    const target = { band: open.band.bandIndex, into };
    const same = jobs.find((job) => job.open.raster === open.raster && job.picks === place.picks);
    if (same !== undefined) same.targets.push(target);
    else jobs.push({ open, band: open.band, level: place.level, picks: place.picks, targets: [target] });
  }
  if (pixels === 0) return gathered;
  if (pool === undefined)
    for (const { open, ...job } of jobs) await pickPixels(open.raster, { ...job, signal });
  else
    await gatherOn(
      pool,
      jobs.map(({ open, ...job }) => job),
      signal,
    );
  for (const [i, open] of bands.entries())
    if (placeBand(open, grid, runs) === undefined)
      await layOn(open, grid, runs, gathered[i] as GatheredBand, signal);
  return gathered;
}

async function gatherOn(
  pool: ExtractPool,
  jobs: readonly GatherJob[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const batches = jobs.reduce((sum, { picks }) => sum + pickBatches(picks), 0);
  const claimed = sharedIntegers(jobs.length);
  const done = sharedIntegers(jobs.length);
  const ended = await Promise.allSettled(
    Array.from({ length: Math.min(pool.threads, batches) }, () =>
      pool.run('gather', { jobs, claimed, done }, { signal }),
    ),
  );
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
  // Memory that nobody wrote to holds zeros, which would pass for data.
  for (const [i, { picks, band }] of jobs.entries())
    if (done[i] !== pickBatches(picks))
      throw new TaskFailed(
        `${band.href}: ${done[i]} of ${pickBatches(picks)} parts were read by the ${pool.threads} threads of the pool`,
      );
}

/** Source pixels; more would let a pixel's value depend on the window in which it was read. */
const PLACE_ERROR = 1e-6;

/** A band of another CRS or a turned grid: window by window, in blocks of bounded size. */
async function layOn(
  { band, raster }: OpenBand,
  grid: Grid,
  runs: ParcelRuns,
  into: GatheredBand,
  signal: AbortSignal | undefined,
): Promise<void> {
  const line = onOneLine(runs);
  for (const { positions, window } of parcelBlocks(runs, bytesPerPixel(band.dataType) + 1)) {
    const { bands, valid } = await resampleInto(raster, {
      target: windowGrid(grid, window),
      toSource: transformer(grid.crs, band.grid.crs),
      bands: [band.bandIndex],
      method: 'nearest',
      maxError: PLACE_ERROR,
      nodata: band.nodata,
      signal,
    });
    for (const i of positions) {
      let to = line.runs[(line.offsets[i] as number) + 1] as number;
      for (let at = runs.offsets[i] as number; at < (runs.offsets[i + 1] as number); at += 3) {
        const row = ((runs.runs[at] as number) - window.y) * window.width - window.x;
        const [first, end] = [row + (runs.runs[at + 1] as number), row + (runs.runs[at + 2] as number)];
        into.pixels.set(bands[0]?.subarray(first, end) as never, to);
        into.valid?.set(valid[0]?.subarray(first, end) ?? [], to);
        to += end - first;
      }
    }
  }
}

/** The grid of a window of a grid. */
function windowGrid({ crs, transform }: Grid, { x, y, width, height }: PixelWindow): Grid {
  const [a, b, c, d, e, f] = transform;
  return {
    crs,
    transform: [a, b, a * x + b * y + c, d, e, d * x + e * y + f],
    width,
    height,
  };
}
