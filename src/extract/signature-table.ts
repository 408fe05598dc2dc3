import { defaultStatistics } from '../parcels/measures.ts';
import type { ZonalStatistics } from '../parcels/zonal-table.ts';
import type { SignatureRows } from '../store/write-signatures.ts';

/** What a signature holds of each band where nothing else is asked for, in this order. Values with scale and offset applied. */
export const signatureStats = defaultStatistics;

/**
 * Statistics of blocks of parcels as signatures. One count stands for all bands of a layout, so bands whose counts differ in
 * some parcel go into layouts of their own; parcels without a valid pixel of a layout have no row in it.
 */
export function signatureRows(
  sensor: string,
  bands: readonly string[],
  blocks: readonly ZonalStatistics[],
  statistics: readonly string[] = signatureStats,
): SignatureRows[] {
  return sameCounts(bands.length, blocks).map((members) => {
    const rows = blocks.flatMap((block) =>
      Array.from(block.pid.keys())
        .map((row) => ({ block, row, n: block.counts[row * block.bands + (members[0] ?? 0)] ?? 0 }))
        .filter(({ n }) => n > 0),
    );
    const v = new Float32Array(rows.length * members.length * statistics.length);
    let at = 0;
    for (const { block, row } of rows) {
      const places = statistics.map((stat) => block.stats.indexOf(stat));
      for (const band of members) {
        const first = (row * block.bands + band) * block.stats.length;
        for (const place of places) v[at++] = block.values[first + place] ?? Number.NaN;
      }
    }
    return {
      layout: { sensor, bands: members.map((band) => bands[band] ?? ''), stats: statistics },
      pid: rows.map(({ block, row }) => block.pid[row] ?? Number.NaN),
      n: rows.map(({ n }) => n),
      v,
    };
  });
}

/** The bands by number in lists of those that count the same number of pixels in every parcel. */
function sameCounts(bands: number, blocks: readonly ZonalStatistics[]): number[][] {
  const lists: number[][] = [];
  for (let band = 0; band < bands; band++) {
    const same = lists.find(([other = 0]) =>
      blocks.every(({ counts }) => {
        for (let row = 0; row < counts.length; row += bands)
          if (counts[row + band] !== counts[row + other]) return false;
        return true;
      }),
    );
    if (same === undefined) lists.push([band]);
    else same.push(band);
  }
  return lists;
}
