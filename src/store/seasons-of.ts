import { classShare, clearScl } from '../parcels/quality.ts';
import { type AcquiredPoint, onePerAcquisition, type Series } from '../parcels/series.ts';
import type { SeriesImage, SignatureSeries } from './signature-series.ts';

/**
 * Stored signatures of one band or index as seasons, one a parcel in the order of the rows. Images on which the band has
 * no valid pixel in the parcel have no point; of several images of one pass the one with most pixels counts, of equals the one
 * processed last, then the last by name. `clear` is 1 where the image has no scene classification.
 */
export function seasonsOf(answer: SignatureSeries, of: string): Series[] {
  return [...pointsOf(answer, of)].map(([pid, points]) => ({
    pid,
    of,
    points: points.map(({ acquisition: _, processed: __, row: ___, ...point }) => point),
  }));
}

/** A point that knows its row of the answer. */
export interface StoredPoint extends AcquiredPoint {
  readonly row: number;
}

/** The points that count, by parcel: what `seasonsOf` is made of. Of its histogram the classes `clear` show the ground. */
export function pointsOf(
  answer: SignatureSeries,
  of: string,
  clear: readonly number[] = clearScl,
): ReadonlyMap<number, readonly StoredPoint[]> {
  const column = answer.bands.get(of);
  const seasons = new Map<number, StoredPoint[]>();
  if (column === undefined) return seasons;
  const passes = answer.images.map(passOf);
  const { mean, p25, p50, p75 } = column.stats;
  let points: StoredPoint[] = [];
  let last: number | undefined;
  for (let row = 0; row < answer.rows; row++) {
    const n = column.n[row] ?? 0;
    const pass = passes[answer.image[row] ?? -1];
    if (n === 0 || pass === undefined) continue;
    const pid = answer.pid[row] ?? -1;
    if (pid !== last) {
      last = pid;
      points = [];
      seasons.set(pid, points);
    }
    points.push({
      row,
      acquisition: pass.acquisition,
      datetime: pass.datetime,
      itemId: pass.itemId,
      processed: pass.processed,
      n,
      mean: mean?.[row] ?? Number.NaN,
      p25: p25?.[row] ?? Number.NaN,
      p50: p50?.[row] ?? Number.NaN,
      p75: p75?.[row] ?? Number.NaN,
      clear: clearIn(answer, row, clear),
    });
  }
  if (areSeason(passes)) return seasons;
  return new Map([...seasons].map(([pid, own]) => [pid, onePerAcquisition(own)]));
}

type Pass = Pick<AcquiredPoint, 'acquisition' | 'datetime' | 'itemId' | 'processed'>;

function passOf({ acquisition, reference, datetime }: SeriesImage): Pass {
  return {
    acquisition: acquisition ?? reference,
    datetime,
    itemId: reference,
    processed: processedIn(reference),
  };
}

/** Whether each image is a pass of its own, one after another: then any points on them are a season as they come. */
function areSeason(passes: readonly Pass[]): boolean {
  const acquisitions = new Set(passes.map(({ acquisition }) => acquisition));
  return (
    acquisitions.size === passes.length &&
    passes.every(({ datetime }, i) => i === 0 || (passes[i - 1]?.datetime ?? '') < datetime)
  );
}

/** The share of a row's pixels that show the ground, 0 to 1; 1 where the image has no scene classification. */
export function clearIn(answer: SignatureSeries, row: number, clear: readonly number[] = clearScl): number {
  return classShare(answer, row, clear, 1);
}

/** The store keeps no time of processing, but the name of a Sentinel-2 product ends in it; other names say nothing. */
function processedIn(reference: string): string | undefined {
  return /^S2._MSIL.*_(\d{8}T\d{6})/.exec(reference)?.[1];
}
