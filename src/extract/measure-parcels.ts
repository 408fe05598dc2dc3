import { InvalidArgument } from '../errors.ts';
import { indexStatistics } from '../parcels/index-statistics.ts';
import { indexDefinition } from '../parcels/indices.ts';
import { type ClassHistogram, classHistogram, classMask } from '../parcels/quality.ts';
import { type ParcelRuns, partOfRuns } from '../parcels/runs.ts';
import { zonalStatistics } from '../parcels/statistics.ts';
import type { ZonalStatistics } from '../parcels/zonal-table.ts';
import type { PixelArray } from '../raster/pixels.ts';

/** Stored pixels of one band in the parcels, in the order of their runs, in shared memory. */
export interface GatheredBand {
  readonly pixels: PixelArray;
  /** 0 where a band of another grid has no pixel; left out where nodata tells. */
  readonly valid?: Uint8Array | undefined;
}

/** A gathered band and what its stored numbers mean. */
export interface MeasuredBand extends GatheredBand {
  readonly nodata: number | undefined;
  readonly scale: number;
  readonly offset: number;
}

/** What is to be measured over gathered pixels. Bands are named by their place in `bands`. */
export interface MeasureJob {
  /** Parcels on the line of their pixels (`onOneLine`). */
  readonly line: ParcelRuns;
  readonly bands: readonly MeasuredBand[];
  /** Bands that are measured together. */
  readonly groups: readonly (readonly number[])[];
  /** An index by its name, or undefined for a band that holds one. */
  readonly indices: readonly { readonly name: string | undefined; readonly bands: readonly number[] }[];
  /** The scene classification: pixels of the classes `unclear` count in no index. */
  readonly classes?:
    | { readonly band: number; readonly unclear: readonly number[]; readonly histogram: boolean }
    | undefined;
  readonly percentiles: readonly number[];
}

/** In the order of the job's groups and indices. */
export interface Measured {
  readonly groups: readonly ZonalStatistics[];
  readonly indices: readonly ZonalStatistics[];
  readonly histogram?: ClassHistogram | undefined;
}

const itself = { name: 'index', bands: ['index'], formula: (value: number) => value };

/** Measures the parcels `from` to `to` (positions) of a job. */
export function measureParcels(job: MeasureJob, from: number, to: number): Measured {
  const runs = partOfRuns(job.line, from, to);
  const { window } = runs;
  if (window === undefined) return { groups: [], indices: [] };
  const layout = { width: window.width, origin: window, percentiles: job.percentiles };
  const bands = job.bands.map(({ pixels, valid, ...rest }) => ({
    pixels: pixels.subarray(window.x, window.x + window.width),
    valid: valid?.subarray(window.x, window.x + window.width),
    ...rest,
  }));
  const chosen = (numbers: readonly number[]) => numbers.map((number) => banded(bands, number));
  const classes = job.classes && banded(bands, job.classes.band);
  return {
    groups: job.groups.map((numbers) => {
      const group = chosen(numbers);
      return zonalStatistics(
        runs,
        group.map(({ pixels }) => pixels),
        {
          ...layout,
          nodata: group.map(({ nodata }) => nodata),
          scale: group.map(({ scale }) => scale),
          offset: group.map(({ offset }) => offset),
          masks: group.map((band) => outside([band])),
        },
      );
    }),
    indices: job.indices.map(({ name, bands: numbers }) => {
      const terms = chosen(numbers);
      const unclear = classes && [
        ...(job.classes?.unclear ?? []),
        ...(classes.nodata === undefined ? [] : [classes.nodata]),
      ];
      const mask = outside(
        classes ? [...terms, classes] : terms,
        classes && classMask(classes.pixels, unclear),
      );
      return indexStatistics(runs, name === undefined ? itself : indexDefinition(name), terms, {
        ...layout,
        mask,
      });
    }),
    histogram: classes && job.classes?.histogram ? classHistogram(runs, classes.pixels, layout) : undefined,
  };
}

function banded<T>(bands: readonly T[], number: number): T {
  const band = bands[number];
  if (band === undefined) throw new InvalidArgument(`a measure of band ${number} of ${bands.length}`);
  return band;
}

/** 1 where a band has no pixel, besides where `mask` is. */
function outside(bands: readonly GatheredBand[], mask?: Uint8Array): Uint8Array | undefined {
  let all = mask;
  for (const { pixels, valid } of bands) {
    if (valid === undefined) continue;
    all ??= new Uint8Array(pixels.length);
    for (let at = 0; at < valid.length; at++) if (valid[at] === 0) all[at] = 1;
  }
  return all;
}
