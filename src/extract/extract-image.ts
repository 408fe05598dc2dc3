import type { Item } from '../catalog/item.ts';
import { type Grid, gridKey } from '../geometry/grid.ts';
import { measuresOf } from '../parcels/measures.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { type ClassHistogram, maskedScl } from '../parcels/quality.ts';
import type { HistogramRows, ImageRows, SignatureRows } from '../store/write-signatures.ts';
import {
  type BandGroup,
  type IndexSource,
  openClassification,
  openGroups,
  openIndices,
} from './band-groups.ts';
import type { GatherOptions } from './gather-bands.ts';
import { type GridWork, measureGrid } from './measure-grid.ts';
import { sensorOf } from './sensor.ts';
import type { ExtractionSettings } from './settings.ts';
import { signatureRows } from './signature-table.ts';

export interface ExtractImageOptions extends ExtractionSettings, GatherOptions {
  readonly item: Item;
  readonly parcels: ParcelSet;
}

/**
 * One image's signatures of all parcels: statistics of the bands by groups of one grid and nodata, of the indices over the
 * pixels that the scene classification calls clear, and its histogram. Values are physical: stored * scale + offset. Pixels are
 * those whose centre lies in the parcel, unless the settings say otherwise; nodata is dropped, and a parcel with nothing else
 * has no row. Only tiles with parcels are read, each once, and memory holds no more than the parcels' own pixels and a few
 * tiles. With a `pool` its threads share the work and this one stays free. Throws `BandNotFound`, `CrsUnknown`, `Cancelled`,
 * `InvalidArgument` for impossible settings, and what reading throws.
 */
export async function extractImage(options: ExtractImageOptions): Promise<ImageRows> {
  const { item, parcels, resolution, pool, signal, unclear = maskedScl } = options;
  const measures = measuresOf(options);
  const classification = await openClassification(item, { signal });
  const indices = await openIndices(item, options.indices, { resolution, signal });
  const groups = await openGroups(item, options.bands, indices, { resolution, signal });
  const sensor = sensorOf(item);
  const rows = new Map<BandGroup | IndexSource, SignatureRows[]>();
  const histograms: HistogramRows[] = [];
  for (const work of worksByGrid(groups, indices, classification?.band.grid)) {
    const measured = await measureGrid({ ...work, classification, unclear }, parcels, measures, {
      pool,
      signal,
    });
    const { statistics } = measures;
    for (const [i, group] of work.groups.entries()) {
      const names = group.bands.map(({ band }) => band.name);
      rows.set(
        group,
        signatureRows(sensor, names, found(measured.map((part) => part.groups[i])), statistics),
      );
    }
    for (const [i, index] of work.indices.entries())
      rows.set(
        index,
        signatureRows(sensor, [index.name], found(measured.map((part) => part.indices[i])), statistics),
      );
    if (work.histogram) histograms.push(histogramRows(found(measured.map((part) => part.histogram))));
  }
  return {
    signatures: [...groups, ...indices]
      .flatMap((source) => rows.get(source) ?? [])
      .filter(({ pid }) => pid.length > 0),
    histograms: histograms.filter(({ pid }) => pid.length > 0),
  };
}

/** What is measured on each grid, so that a band that several of them need is read once. */
function worksByGrid(
  groups: readonly BandGroup[],
  indices: readonly IndexSource[],
  classes: Grid | undefined,
): GridWork[] {
  const grids = new Map<string, Grid>();
  for (const { grid } of [...groups, ...indices]) grids.set(gridKey(grid), grid);
  if (classes !== undefined) grids.set(gridKey(classes), classes);
  return [...grids].map(([key, grid]) => ({
    grid,
    groups: groups.filter((group) => gridKey(group.grid) === key),
    indices: indices.filter((index) => gridKey(index.grid) === key),
    histogram: classes !== undefined && gridKey(classes) === key,
  }));
}

function found<T>(parts: readonly (T | undefined)[]): T[] {
  return parts.filter((part) => part !== undefined);
}

/** Parcels that lie outside the image or see no class but nodata (0) have no row. */
function histogramRows(blocks: readonly ClassHistogram[]): HistogramRows {
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
