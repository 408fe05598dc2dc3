import { classShare, clearScl } from '../parcels/quality.ts';
import { type AcquiredPoint, onePerAcquisition, type Series } from '../parcels/series.ts';
import type { SignatureSeries } from './signature-series.ts';

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

/** The points that count, by parcel: what `seasonsOf` is made of. */
export function pointsOf(answer: SignatureSeries, of: string): ReadonlyMap<number, readonly StoredPoint[]> {
  const column = answer.bands.get(of);
  const seasons = new Map<number, StoredPoint[]>();
  for (let row = 0; row < answer.rows; row++) {
    const n = column?.n[row] ?? 0;
    const image = answer.images[answer.image[row] ?? -1];
    if (n === 0 || column === undefined || image === undefined) continue;
    const value = (stat: string) => column.stats[stat]?.[row] ?? Number.NaN;
    const points = seasons.get(answer.pid[row] ?? -1) ?? [];
    seasons.set(answer.pid[row] ?? -1, points);
    points.push({
      row,
      acquisition: image.acquisition ?? image.reference,
      datetime: image.datetime,
      itemId: image.reference,
      processed: processedIn(image.reference),
      n,
      mean: value('mean'),
      p25: value('p25'),
      p50: value('p50'),
      p75: value('p75'),
      clear: clearIn(answer, row),
    });
  }
  return new Map([...seasons].map(([pid, points]) => [pid, onePerAcquisition(points)]));
}

/** The share of a row's pixels that show the ground, 0 to 1; 1 where the image has no scene classification. */
export function clearIn(answer: SignatureSeries, row: number): number {
  return hasClasses(answer, row) ? classShare(answer, row, clearScl) : 1;
}

/** The store keeps no time of processing, but the name of a Sentinel-2 product ends in it; other names say nothing. */
function processedIn(reference: string): string | undefined {
  return /^S2._MSIL.*_(\d{8}T\d{6})/.exec(reference)?.[1];
}

function hasClasses({ classes, counts }: SignatureSeries, row: number): boolean {
  return counts.subarray(row * classes, (row + 1) * classes).some((count) => count > 0);
}
