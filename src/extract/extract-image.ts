import type { Item } from '../catalog/item.ts';
import type { OpenBand } from '../catalog/open-band.ts';
import { throwIfCancelled } from '../errors.ts';
import type { Grid } from '../geometry/grid.ts';
import { indexStatistics } from '../parcels/index-statistics.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { type ClassHistogram, classHistogram, classMask, maskedScl } from '../parcels/quality.ts';
import { buildRuns } from '../parcels/runs.ts';
import { zonalStatistics } from '../parcels/statistics.ts';
import type { ZonalStatistics } from '../parcels/zonal-table.ts';
import { bytesPerPixel } from '../raster/pixels.ts';
import type { HistogramRows, ImageRows, SignatureRows } from '../store/write-signatures.ts';
import {
  type BandGroup,
  type IndexSource,
  openClassification,
  openGroups,
  openIndices,
} from './band-groups.ts';
import { type ParcelBlock, parcelBlocks } from './parcel-blocks.ts';
import { type BandPixels, readBands } from './read-bands.ts';
import { sensorOf } from './sensor.ts';
import { signatureRows } from './signature-table.ts';

export interface ExtractImageOptions {
  readonly item: Item;
  readonly parcels: ParcelSet;
  /** Names or common names; every measured band of the item when left out. */
  readonly bands?: readonly string[] | undefined;
  /** Indices besides the bands; NDVI where the item allows it when left out. */
  readonly indices?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Work {
  readonly item: Item;
  readonly parcels: ParcelSet;
  readonly sensor: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * One image's signatures of all parcels: statistics of the bands by groups of one grid and nodata, of the indices over the
 * pixels that the scene classification calls clear, and its histogram. Values are physical: stored * scale + offset. Pixels are
 * those whose centre lies in the parcel; nodata is dropped, and a parcel with nothing else has no row. Throws `BandNotFound`,
 * `CrsUnknown`, `Cancelled`, and what reading throws.
 */
export async function extractImage(options: ExtractImageOptions): Promise<ImageRows> {
  const { item, parcels, signal } = options;
  const work = { item, parcels, sensor: sensorOf(item), signal };
  const classification = await openClassification(item, { signal });
  const indices = await openIndices(item, options.indices, { signal });
  const groups = await openGroups(item, options.bands, indices, { signal });
  const signatures: SignatureRows[] = [];
  for (const group of groups) signatures.push(...(await measureBands(work, group)));
  for (const index of indices) signatures.push(...(await measureIndex(work, index, classification)));
  const histograms = classification === undefined ? [] : [await countClasses(work, classification)];
  return {
    signatures: signatures.filter(({ pid }) => pid.length > 0),
    histograms: histograms.filter(({ pid }) => pid.length > 0),
  };
}

/** The blocks of parcels on a grid that are read with these bands, one after another. */
async function* blocksOn(work: Work, grid: Grid, bands: readonly OpenBand[]): AsyncGenerator<ParcelBlock> {
  const { parcels, item, signal } = work;
  const runs = buildRuns(parcels.parcels, parcels.crs, grid, { signal });
  const bytes = bands.reduce((sum, { band }) => sum + bytesPerPixel(band.dataType), 0);
  for (const block of parcelBlocks(runs, bytes)) {
    throwIfCancelled(signal, `extracting ${item.id}`);
    yield block;
  }
}

async function measureBands(work: Work, group: BandGroup): Promise<SignatureRows[]> {
  const grid = group[0]?.band.grid;
  if (grid === undefined) return [];
  const blocks: ZonalStatistics[] = [];
  for await (const { runs, window } of blocksOn(work, grid, group)) {
    const read = await readBands(group, grid, window, work);
    const pixels = read.map((band) => band.pixels);
    blocks.push(
      zonalStatistics(runs, pixels, {
        width: window.width,
        origin: window,
        nodata: group.map(({ band }) => band.nodata),
        scale: group.map(({ band }) => band.scale),
        offset: group.map(({ band }) => band.offset),
      }),
    );
  }
  return signatureRows(
    work.sensor,
    group.map(({ band }) => band.name),
    blocks,
  );
}

async function measureIndex(
  work: Work,
  index: IndexSource,
  classification: OpenBand | undefined,
): Promise<SignatureRows[]> {
  const { name, definition, bands } = index;
  const grid = finestGrid(bands);
  if (grid === undefined) return [];
  const read = classification === undefined ? bands : [...bands, classification];
  const blocks: ZonalStatistics[] = [];
  for await (const { runs, window } of blocksOn(work, grid, read)) {
    const pixels = await readBands(read, grid, window, work);
    const mask = maskOf(pixels, classification);
    const layout = { width: window.width, origin: window, mask };
    const terms = bands.flatMap(({ band: { nodata, scale, offset } }, i) => {
      const values = pixels[i]?.pixels;
      return values === undefined ? [] : [{ pixels: values, nodata, scale, offset }];
    });
    blocks.push(indexStatistics(runs, definition, terms, layout));
  }
  return signatureRows(work.sensor, [name], blocks);
}

/** 1 where the last of the bands, when it is a classification, is not clear, or any band has no pixel. */
function maskOf(bands: readonly BandPixels[], classification: OpenBand | undefined): Uint8Array | undefined {
  const classes = classification && bands.at(-1)?.pixels;
  const nodata = classification?.band.nodata;
  const unclear = nodata === undefined ? maskedScl : [...maskedScl, nodata];
  let mask = classes && classMask(classes, unclear);
  for (const { pixels, valid } of bands) {
    if (valid === undefined) continue;
    mask ??= new Uint8Array(pixels.length);
    for (let at = 0; at < valid.length; at++) if (valid[at] === 0) mask[at] = 1;
  }
  return mask;
}

function finestGrid(bands: readonly OpenBand[]): Grid | undefined {
  const size = ({ band }: OpenBand) => Math.hypot(band.grid.transform[0], band.grid.transform[3]);
  return [...bands].sort((one, other) => size(one) - size(other))[0]?.band.grid;
}

/** Parcels that lie outside the image or see no class but nodata (0) have no row. */
async function countClasses(work: Work, classification: OpenBand): Promise<HistogramRows> {
  const { band } = classification;
  const blocks: ClassHistogram[] = [];
  for await (const { runs, window } of blocksOn(work, band.grid, [classification])) {
    const [read] = await readBands([classification], band.grid, window, work);
    if (read !== undefined)
      blocks.push(classHistogram(runs, read.pixels, { width: window.width, origin: window }));
  }
  const classes = Math.max(0, ...blocks.map((block) => block.classes));
  const rows = blocks.flatMap(({ pid, counts, classes: width }) =>
    Array.from(pid, (parcel, row) => ({
      parcel,
      counts: counts.subarray(row * width, (row + 1) * width),
    })).filter((row) => row.counts.subarray(1).some((count) => count > 0)),
  );
  const counts = new Int32Array(rows.length * classes);
  for (const [at, row] of rows.entries()) counts.set(row.counts, at * classes);
  return { band: 'SCL', classes, pid: rows.map(({ parcel }) => parcel), counts };
}
