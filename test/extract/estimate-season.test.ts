import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { estimateSeason } from '../../src/extract/estimate-season.ts';
import { extractSeason } from '../../src/extract/extract-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import type { Store } from '../../src/store/store.ts';
import { freshName } from '../store/backends.ts';
import { openTestStore } from '../store/embedded-test-store.ts';
import { smallSeason } from './small-season.ts';

let season: Awaited<ReturnType<typeof smallSeason>>;
let store: Store;
before(async () => {
  season = await smallSeason();
  store = await openTestStore();
});
after(async () => {
  await store?.close();
  await season?.remove();
});

test('an estimate says what is to be done, writes nothing, and comes near what is done then', async (context) => {
  const options = {
    collection: await openCollection(season.collection),
    parcels: await readParcels(season.parcels),
    dataset: freshName(context),
    store,
    bands: ['red', 'nir'],
  } as const;
  const optical = async (query: Parameters<typeof options.collection.items>[0]) =>
    (await options.collection.items(query)).filter(({ id }) => id.startsWith('S2'));
  const collection = { ...options.collection, items: optical };
  const before = await estimateSeason({ ...options, collection });
  assert.deepEqual(await store.query('select 1 from furrow.dataset where name = $1', [options.dataset]), []);
  assert.equal(before.doneBefore, 0);
  assert.equal(before.measuredOn.length, 3);
  assert.deepEqual(before.failed, []);
  assert.ok(before.bytes > 10_000 && before.seconds > 0);

  const interval = ['2026-01-01', '2026-06-20'] as const;
  const part = await extractSeason({ ...options, collection, interval });
  const rest = await estimateSeason({ ...options, collection });
  assert.deepEqual([rest.toDo, rest.doneBefore], [before.toDo - part.done, part.done]);
  const { done, rows } = await extractSeason({ ...options, collection });
  assert.equal(done, rest.toDo);
  assert.ok(Math.abs(rows / rest.rows - 1) < 0.35, `${rows} rows, ${rest.rows} were estimated`);
  const nothing = await estimateSeason({ ...options, collection });
  assert.deepEqual([nothing.toDo, nothing.bytes, nothing.rows, nothing.measuredOn], [0, 0, 0, []]);
});

test('what would fail is listed with its reason', async (context) => {
  const collection = await openCollection(season.collection);
  const parcels = await readParcels(season.parcels);
  const { failed, measuredOn } = await estimateSeason({
    collection,
    parcels,
    dataset: freshName(context),
    store,
    bands: ['thermal'],
  });
  assert.deepEqual(
    failed.map(({ item }) => item),
    measuredOn,
  );
  assert.match(failed[0]?.reason ?? '', /BandNotFound: .*thermal/);
});
