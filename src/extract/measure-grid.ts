import type { OpenBand } from '../catalog/open-band.ts';
import { throwIfCancelled } from '../errors.ts';
import type { Grid } from '../geometry/grid.ts';
import { type Measures, percentilesOf } from '../parcels/measures.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { buildRuns, onOneLine, type ParcelRuns } from '../parcels/runs.ts';
import { bytesPerPixel } from '../raster/pixels.ts';
import type { BandGroup, IndexSource } from './band-groups.ts';
import { type GatherOptions, gatherBands } from './gather-bands.ts';
import { type Measured, type MeasureJob, measureParcels } from './measure-parcels.ts';
import { parcelParts } from './parcel-blocks.ts';

/** What is measured on one grid. */
export interface GridWork {
  readonly grid: Grid;
  readonly groups: readonly BandGroup[];
  readonly indices: readonly IndexSource[];
  /** Whether the classes of the scene classification are counted. */
  readonly histogram: boolean;
}

export interface ClassifiedWork extends GridWork {
  readonly classification?: OpenBand | undefined;
  /** Its classes whose pixels count in no index. */
  readonly unclear?: readonly number[] | undefined;
}

/**
 * Measures parcels on one grid: finds their pixels, gathers those of all bands at once, reduces them. In parts, when the pixels
 * of all parcels together would take more than the limit `chunkBytes`; parcels follow each other through the answer. Throws what
 * `buildRuns` and reading throw.
 */
export async function measureGrid(
  { grid, groups, indices, histogram, classification, unclear = [] }: ClassifiedWork,
  { parcels, crs }: ParcelSet,
  measures: Measures,
  options: GatherOptions,
): Promise<Measured[]> {
  const { signal } = options;
  const { allTouched, innerBuffer, minArea, statistics } = measures;
  const runs = buildRuns(parcels, crs, grid, { allTouched, innerBuffer, minArea, signal });
  const bands: OpenBand[] = [];
  const placeOf = (open: OpenBand): number => {
    const known = bands.findIndex((band) => isSame(band, open));
    return known >= 0 ? known : bands.push(open) - 1;
  };
  const used = classification !== undefined && (histogram || indices.length > 0) ? classification : undefined;
  const job = {
    groups: groups.map((group) => group.bands.map(placeOf)),
    indices: indices.map((index) => ({
      name: index.asItIs ? undefined : index.name,
      bands: index.bands.map(placeOf),
    })),
    classes: used && { band: placeOf(used), unclear, histogram },
    percentiles: percentilesOf(statistics),
  };
  const bytes = bands.reduce((sum, { band }) => sum + bytesPerPixel(band.dataType), 0);
  const measured: Measured[] = [];
  for (const part of parcelParts(runs, bytes)) {
    throwIfCancelled(signal, 'measuring parcels');
    const gathered = await gatherBands(bands, grid, part, options);
    const filled = gathered.map((band, i) => {
      const { nodata, scale, offset } = (bands[i] as OpenBand).band;
      return { ...band, nodata, scale, offset };
    });
    measured.push(...(await measureAll({ ...job, line: onOneLine(part), bands: filled }, options)));
  }
  return measured;
}

/** One band opened twice, as a band and for an index. */
function isSame(one: OpenBand, other: OpenBand): boolean {
  return (
    one.band.href === other.band.href &&
    one.band.bandIndex === other.band.bandIndex &&
    Object.is(one.band.nodata, other.band.nodata) &&
    one.band.scale === other.band.scale &&
    one.band.offset === other.band.offset
  );
}

/** Parts of a job for each thread: the more, the better they end together. */
const PARTS_A_THREAD = 4;

/** Measures all parcels of a job; the answers follow each other in the order of the parcels. */
async function measureAll(job: MeasureJob, { pool, signal }: GatherOptions): Promise<Measured[]> {
  const parcels = job.line.pids.length;
  if (pool === undefined) return [measureParcels(job, 0, parcels)];
  const ends = partEnds(job.line, pool.threads * PARTS_A_THREAD);
  return await Promise.all(
    ends.map((to, part) => pool.run('measure', { job, from: ends[part - 1] ?? 0, to }, { signal })),
  );
}

/** Ends of parts with about as many pixels each. */
function partEnds({ pids, runs, offsets, window }: ParcelRuns, parts: number): number[] {
  const pixels = window?.width ?? 0;
  const ends: number[] = [];
  for (let i = 1; i <= pids.length; i++) {
    const done = runs[(offsets[i] as number) - 1] ?? 0;
    if (i === pids.length || done >= (pixels * (ends.length + 1)) / parts) ends.push(i);
  }
  return ends;
}
