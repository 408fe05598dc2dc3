import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seasonsOf } from '../../src/store/seasons-of.ts';
import type { SignatureSeries } from '../../src/store/series.ts';

/** One parcel on images of one pass, `n` valid pixels and the mean `i` on image i. */
function onePass(references: readonly string[], n: readonly number[]): SignatureSeries {
  const numbers = Float32Array.from(references, (_, i) => i);
  return {
    rows: references.length,
    pid: new Float64Array(references.length).fill(7),
    image: Int32Array.from(references, (_, i) => i),
    images: references.map((reference, id) => ({
      id,
      collection: 'c',
      reference,
      datetime: '2022-06-20T10:20:41.000Z',
      platform: null,
      cloud: null,
      acquisition: 'pass',
    })),
    bands: new Map([['ndvi', { n: Int32Array.from(n), stats: { mean: numbers } }]]),
    classes: 0,
    counts: new Int32Array(0),
  };
}

function keptOf(references: readonly string[], n: readonly number[]): (string | undefined)[] {
  return seasonsOf(onePass(references, n), 'ndvi').flatMap(({ points }) =>
    points.map(({ itemId }) => itemId),
  );
}

const name = (baseline: string, tile: string, processed: string) =>
  `S2A_MSIL2A_20220620T102041_N${baseline}_R065_T${tile}_${processed}`;

test('of images of one pass the one with most pixels counts, then the one processed last, then the last name', () => {
  const old = name('0400', '32TNT', '20220620T164801');
  const fresh = name('0510', '32TMT', '20240101T000000');
  for (const references of [
    [old, fresh],
    [fresh, old],
  ]) {
    assert.deepEqual(keptOf(references, [9, 9]), [fresh]);
    assert.deepEqual(keptOf(references, references[0] === old ? [10, 9] : [9, 10]), [old]);
  }
  // The time of processing decides, not the tile, which comes first in the name.
  assert.deepEqual(
    keptOf([name('0400', '32TNT', '20220620T164801'), name('0400', '32TMT', '20220621T000000')], [9, 9]),
    [name('0400', '32TMT', '20220621T000000')],
  );
  assert.deepEqual(keptOf(['S2A_32TNT_20220620_0_L2A', 'S2A_32TNT_20220620_1_L2A'], [9, 9]), [
    'S2A_32TNT_20220620_1_L2A',
  ]);
  assert.deepEqual(Object.keys(seasonsOf(onePass([old], [9]), 'ndvi')[0]?.points[0] ?? {}).sort(), [
    'clear',
    'datetime',
    'itemId',
    'mean',
    'n',
    'p25',
    'p50',
    'p75',
  ]);
});
