import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Collection } from '../../src/catalog/collection.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { Cancelled, InvalidArgument, StorageFailure } from '../../src/errors.ts';
import { extractImage } from '../../src/extract/extract-image.ts';
import { type WatchRound, watchSeason } from '../../src/extract/watch-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import type { ParcelSet } from '../../src/parcels/parcel.ts';
import type { Store } from '../../src/store/store.ts';
import { freshName } from '../store/backends.ts';
import { openTestStore } from '../store/embedded-test-store.ts';
import { smallSeason } from './small-season.ts';

let season: Awaited<ReturnType<typeof smallSeason>>;
let store: Store;
let whole: Collection;
let parcels: ParcelSet;
let first = '';
before(async () => {
  season = await smallSeason();
  store = await openTestStore();
  whole = await openCollection(season.collection);
  parcels = await readParcels(season.parcels);
  first = (await whole.items())[0]?.id ?? '';
});
after(async () => {
  await store?.close();
  await season?.remove();
});

/** The collection when it had so many items. */
function grown(count: number): Collection {
  return { ...whole, items: async (query) => (await whole.items(query)).slice(0, count) };
}

/** What every round did: images extracted, or the error's code. */
function told(rounds: WatchRound[]): (number | string)[] {
  return rounds.map((round) => ('problem' in round ? round.problem.code : round.summary.done));
}

test('new images are extracted at the next look, and trouble in between ends nothing', async (context) => {
  const rounds: WatchRound[] = [];
  const stop = new AbortController();
  const counts = [0, 2, -1, 2, 5];
  const watching = watchSeason({
    store,
    parcels,
    dataset: freshName(context),
    everyMs: 5,
    signal: stop.signal,
    open: async () => {
      const count = counts[rounds.length] ?? 0;
      if (count < 0) throw new StorageFailure('no answer');
      return grown(count);
    },
    onRound: (round) => {
      rounds.push(round);
      if (rounds.length === counts.length) stop.abort();
    },
  });
  await assert.rejects(watching, Cancelled);
  assert.deepEqual(told(rounds), ['NoDataAvailable', 2, 'StorageFailure', 0, 3]);
});

test('an image whose file was out of reach is tried again, another failure waits for a retry', async (context) => {
  const rounds: WatchRound[] = [];
  const tried = new Map<string, number>();
  const count = await watchSeason({
    store,
    parcels,
    dataset: freshName(context),
    everyMs: 200,
    forMs: 1,
    open: async () => grown(3),
    measure: async (options) => {
      tried.set(options.item.id, (tried.get(options.item.id) ?? 0) + 1);
      if (options.item.id === first) throw new StorageFailure('no answer');
      return await extractImage(options);
    },
    onRound: (round) => rounds.push(round),
  });
  assert.equal(count, 1);
  assert.deepEqual(told(rounds), [2]);

  const again: WatchRound[] = [];
  let round = 0;
  const name = freshName(context);
  const failing = { store, parcels, dataset: name, everyMs: 5, open: async () => grown(2) };
  const stop = new AbortController();
  const seen: string[] = [];
  const watching = watchSeason({
    ...failing,
    signal: stop.signal,
    measure: async (options) => {
      seen.push(`${round} ${options.item.id === first ? 'first' : 'second'}`);
      if (options.item.id !== first) throw new InvalidArgument('never');
      if (round === 0) throw new StorageFailure('not now');
      return await extractImage(options);
    },
    onRound: (one) => {
      again.push(one);
      round++;
      if (round === 3) stop.abort();
    },
  });
  await assert.rejects(watching, Cancelled);
  assert.deepEqual(seen, ['0 first', '0 second', '1 first']);
  assert.deepEqual(told(again), [0, 1, 0]);

  const measure = async () => assert.fail('an image that failed before was tried again');
  const kept: WatchRound[] = [];
  await watchSeason({ ...failing, retry: 'none', forMs: 1, measure, onRound: (one) => kept.push(one) });
  assert.deepEqual(
    kept.map((one) => 'summary' in one && one.summary.failed.map(({ reason }) => reason)),
    [['InvalidArgument: never']],
  );
});

test('what is wrong with the request is thrown, at the first look everything', async (context) => {
  const options = { store, parcels, dataset: freshName(context), everyMs: 5, open: async () => whole };
  await assert.rejects(watchSeason({ ...options, everyMs: 0 }), InvalidArgument);
  // Longer than a timer can: it would look without a pause.
  await assert.rejects(watchSeason({ ...options, everyMs: 30 * 86_400_000, forMs: 1 }), InvalidArgument);
  await assert.rejects(watchSeason({ ...options, statistics: ['nonsense'], forMs: 1 }), InvalidArgument);
  const open = async () => {
    throw new StorageFailure('no answer');
  };
  await assert.rejects(watchSeason({ ...options, open, forMs: 1 }), StorageFailure);
});
