import assert from 'node:assert/strict';
import { copyFile, utimes } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { Collection, ItemQuery } from '../../src/catalog/collection.ts';
import type { Item } from '../../src/catalog/item.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { Cancelled } from '../../src/errors.ts';
import type { ExtractSeasonOptions, SeasonSummary } from '../../src/extract/extract-season.ts';
import { listExtractions } from '../../src/store/images.ts';
import type { Store } from '../../src/store/store.ts';
import { freshName, onBothBackends } from '../store/backends.ts';
import { extractSmallSeason, type SmallSeason, smallSeason } from './small-season.ts';

let season: SmallSeason;
before(async () => {
  season = await smallSeason();
});
after(() => season?.remove());

const extracted = (store: Store, dataset: string, options?: Partial<ExtractSeasonOptions>) =>
  extractSmallSeason(season, store, dataset, options);

/** The collection with one of its items changed. */
async function changed(change: (item: Item) => Item): Promise<{ collection: Collection; id: string }> {
  const collection = await openCollection(season.collection);
  const id = (await collection.items())[0]?.id ?? '';
  const items = async (query?: ItemQuery) =>
    (await collection.items(query)).map((item) => (item.id === id ? change(item) : item));
  return { collection: { ...collection, items }, id };
}

onBothBackends((store) => {
  test('an item whose address or time of change is another is extracted again, alone', async (context) => {
    const name = freshName(context);
    const first = await extracted(store(), name);
    const moved = await changed((item) => ({
      ...item,
      bands: item.bands.map((band) => ({ ...band, href: band.href.replace('/demo/', '/demo/./') })),
    }));
    const again = await extracted(store(), name, { collection: moved.collection });
    assert.deepEqual([again.done, again.skipped], [1, first.done - 1]);
    const updated = await changed((item) => ({
      ...item,
      properties: { ...item.properties, updated: '2027-01-01T00:00:00Z' },
    }));
    assert.equal((await extracted(store(), name, { collection: updated.collection })).done, 1);
    assert.equal((await extracted(store(), name, { collection: updated.collection })).done, 0);
  });

  test('a local file that was replaced is extracted again, unless files are not to be looked at', async (context) => {
    const name = freshName(context);
    await extracted(store(), name);
    const [item] = await (await openCollection(season.collection)).items();
    const href = item?.bands[0]?.href ?? '';
    await copyFile(href, `${href}.copy`);
    await copyFile(`${href}.copy`, href);
    await utimes(href, 1_900_000_000, 1_900_000_000 + Math.round(performance.now()));
    assert.equal((await extracted(store(), name, { files: 'none' })).done, 0);
    assert.equal((await extracted(store(), name)).done, 1);
    assert.equal((await extracted(store(), name)).done, 0);
  });

  test('a call that knows an older version of an item leaves it to the one that knows the newer', async (context) => {
    const name = freshName(context);
    const stale = await openCollection(season.collection);
    const newer = await changed((item) => ({
      ...item,
      properties: { ...item.properties, updated: '2027-01-01T00:00:00Z' },
    }));
    let meanwhile: Promise<SeasonSummary> | undefined;
    const summary = await extracted(store(), name, {
      collection: stale,
      // The other call begins as soon as this one holds its first image.
      onClaim: () => {
        meanwhile ??= extracted(store(), name, { collection: newer.collection });
      },
      measure: async (options) => {
        await meanwhile;
        return (await import('../../src/extract/extract-image.ts')).extractImage(options);
      },
    });
    assert.ok(!summary.overtaken.includes('') && summary.failed.length === 0);
    const { dataset } = summary;
    const version = async () =>
      await store().query<{ version: string }>(
        `select e.version from furrow.extraction e join furrow.image i on i.dataset_id = e.dataset_id and i.id = e.image_id
          where e.dataset_id = $1 and i.reference = $2`,
        [dataset, newer.id],
      );
    const states = await listExtractions(store(), dataset);
    assert.ok(states.every(({ status }) => status === 'done' || status === 'dropped'));
    const [{ version: stored } = { version: '' }] = await version();
    assert.equal((await extracted(store(), name, { collection: newer.collection })).done, 0);
    assert.deepEqual(await version(), [{ version: stored }]);
  });

  test('other options of another call take the images over, and this one says so', async (context) => {
    const name = freshName(context);
    const collection = await openCollection(season.collection);
    const items = async (query?: ItemQuery) =>
      (await collection.items(query)).filter(({ id }) => id.startsWith('S2'));
    const optical = { ...collection, items };
    let meanwhile: Promise<SeasonSummary> | undefined;
    const summary = await extracted(store(), name, {
      collection: optical,
      onProgress: () => {
        meanwhile ??= extracted(store(), name, { collection: optical, bands: ['red'] });
      },
    });
    const other = await meanwhile;
    assert.ok(other && other.failed.length === 0 && summary.failed.length === 0);
    assert.equal(other.done, other.images - other.dropped.length);
    assert.deepEqual(other.overtaken, []);
    assert.equal((await extracted(store(), name, { collection: optical, bands: ['red'] })).done, 0);
  });

  test('a cancelled call gives back what its workers hold, whatever they are doing', async (context) => {
    for (const after of ['claim', 'measure'] as const) {
      const name = freshName(context);
      const stop = new AbortController();
      const cancelled = extracted(store(), name, {
        workers: 3,
        signal: stop.signal,
        onClaim: () => after === 'claim' && stop.abort(),
        measure: async (options) => {
          const rows = await (await import('../../src/extract/extract-image.ts')).extractImage(options);
          if (after === 'measure') stop.abort();
          return rows;
        },
      });
      await assert.rejects(cancelled, Cancelled);
      const [dataset] = await store().query<{ id: number }>('select id from furrow.dataset where name = $1', [
        name,
      ]);
      const states = await listExtractions(store(), dataset?.id ?? -1);
      assert.equal(states.filter(({ status }) => status === 'claimed').length, 0);
      assert.ok(states.every(({ tries, status }) => tries === 0 || status === 'done'));
    }
  });
});
