import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, truncate } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { ItemQuery } from '../../src/catalog/collection.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { Cancelled, InvalidArgument, NoData } from '../../src/errors.ts';
import { extractImage } from '../../src/extract/extract-image.ts';
import type { ExtractSeasonOptions } from '../../src/extract/extract-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { claimImage } from '../../src/store/claims.ts';
import { findDataset } from '../../src/store/datasets.ts';
import { listExtractions } from '../../src/store/images.ts';
import { seasonsOf } from '../../src/store/seasons-of.ts';
import { series } from '../../src/store/series.ts';
import type { Store } from '../../src/store/store.ts';
import { freshName, onBothBackends } from '../store/backends.ts';
import { openTestStore, testStoreFolder } from '../store/embedded-test-store.ts';
import { extractSmallSeason, type SmallSeason, smallSeason } from './small-season.ts';

let season: SmallSeason;
before(async () => {
  season = await smallSeason();
});
after(() => season?.remove());

const extracted = (store: Store, dataset: string, options?: Partial<ExtractSeasonOptions>) =>
  extractSmallSeason(season, store, dataset, options);

/** Every row of a dataset as text, by image and not by its id. */
async function rowsOf(store: Store, dataset: number): Promise<unknown[]> {
  return [
    ...(await store.texts(
      `select i.reference, s.day, s.pid, array_to_string(l.bands, ' '), s.n, s.v from furrow.signature s
        join furrow.image i on i.dataset_id = s.dataset_id and i.id = s.image_id
        join furrow.layout l on l.dataset_id = s.dataset_id and l.id = s.layout_id
        where s.dataset_id = $1 order by 1, 2, 3, 4`,
      [dataset],
    )),
    ...(await store.texts(
      `select i.reference, h.day, h.pid, h.band, h.counts from furrow.histogram h
        join furrow.image i on i.dataset_id = h.dataset_id and i.id = h.image_id
        where h.dataset_id = $1 order by 1, 2, 3, 4`,
      [dataset],
    )),
  ];
}

onBothBackends((store) => {
  test('worker threads start when measuring has gone on for long, and give the same rows', async (context) => {
    let started = 0;
    const count = () => started++;
    process.on('worker', count);
    context.after(() => process.off('worker', count));
    const alone = await extracted(store(), freshName(context), { threads: 1, threadsAfterMs: 3_600_000 });
    assert.equal(started, 0);
    const later = await extracted(store(), freshName(context), { threads: 1, threadsAfterMs: 1 });
    const atOnce = await extracted(store(), freshName(context), { threads: 1 });
    assert.equal(started, 2);
    const rows = await rowsOf(store(), alone.dataset);
    assert.deepEqual(await rowsOf(store(), later.dataset), rows);
    assert.deepEqual(await rowsOf(store(), atOnce.dataset), rows);
  });

  test('a season is extracted once: the second call finds nothing to do', async (context) => {
    const name = freshName(context);
    const said: string[] = [];
    const first = await extracted(store(), name, {
      onProgress: ({ done, of, item }) => said.push(`${done}/${of} ${item}`),
    });
    assert.deepEqual(first.failed, []);
    assert.ok(first.dropped.length > 0, 'the demo has acquisitions that were processed twice');
    assert.equal(first.done + first.dropped.length, first.images);
    assert.equal(said.length, first.done);
    assert.match(said.at(-1) ?? '', new RegExp(`^${first.done}/${first.done} `));
    const rows = await rowsOf(store(), first.dataset);
    assert.equal(rows.length, first.rows);
    assert.ok(first.rows > 100);

    const second = await extracted(store(), name);
    assert.deepEqual([second.done, second.skipped, second.rows], [0, first.done, 0]);
    assert.deepEqual(await rowsOf(store(), first.dataset), rows);
  });

  test('NDVI of a parcel over the season comes back by one query, once an acquisition, with its clear share', async (context) => {
    const name = freshName(context);
    const { dataset } = await extracted(store(), name, { bands: ['red', 'nir'] });
    const seasons = seasonsOf(await series(store(), { dataset, bands: ['ndvi'] }), 'ndvi');
    assert.equal(seasons.length, (await findDataset(store(), name)).parcels);
    for (const { points } of seasons)
      for (const { mean, p25, p50, p75, clear, n } of points) {
        assert.ok(n > 0 && clear >= 0 && clear <= 1);
        assert.ok(mean > -0.3 && mean < 1 && p25 <= p50 && p50 <= p75);
      }
    const dates = seasons.map(
      ({ points }) => new Set(points.map(({ datetime }) => datetime.slice(0, 10))).size,
    );
    assert.deepEqual(
      dates,
      seasons.map(({ points }) => points.length),
    );
    assert.ok(Math.max(...dates) >= 3);
  });

  test('an item that two documents list is extracted like any other, and its rows stay', async (context) => {
    const name = freshName(context);
    const collection = await openCollection(season.collection);
    const twice = {
      ...collection,
      items: async (query?: ItemQuery) =>
        (await collection.items(query)).flatMap((item) => [item, { ...item }]),
    };
    const once = await extracted(store(), name);
    const rows = await rowsOf(store(), once.dataset);
    const again = await extracted(store(), name, { collection: twice });
    assert.deepEqual([again.done, again.skipped, again.images], [0, once.done, once.images]);
    assert.deepEqual(again.dropped, once.dropped);
    assert.deepEqual(await rowsOf(store(), once.dataset), rows);
  });

  test('other bands or other outlines are extracted again, in place of the old rows', async (context) => {
    const name = freshName(context);
    const interval = ['2026-01-01', '2100-01-01'] as const;
    const { dataset, done } = await extracted(store(), name, { bands: ['red'], indices: [], interval });
    const again = await extracted(store(), name, { bands: ['nir'], indices: [], interval });
    assert.equal(again.done, done);
    const { bands } = await series(store(), { dataset, bands: ['B04'] });
    assert.deepEqual([...(bands.get('B04')?.n ?? [])], []);
    const parcels = await readParcels(season.parcels);
    const fewer = { ...parcels, parcels: parcels.parcels.slice(1) };
    assert.equal(
      (await extracted(store(), name, { parcels: fewer, bands: ['nir'], indices: [], interval })).done,
      done,
    );
  });

  test('an image that fails is recorded with its reason, the others go on, and the next call tries it again', async (context) => {
    const name = freshName(context);
    const collection = await openCollection(season.collection);
    const victim =
      (await collection.items()).flatMap(({ bands }) => bands).find((band) => band.name === 'B04')?.href ??
      '';
    await copyFile(victim, `${victim}.whole`);
    await truncate(victim, 3000);
    const first = await extracted(store(), name);
    await copyFile(`${victim}.whole`, victim);
    assert.equal(first.failed.length, 1);
    assert.match(first.failed[0]?.reason ?? '', /\w+: .*/);
    assert.equal(first.done, first.images - first.dropped.length - 1);
    const second = await extracted(store(), name);
    assert.deepEqual([second.done, second.failed], [1, []]);
  });

  test('an image whose layout the dataset does not keep fails with that reason, and the others go on', async (context) => {
    let unnamed = 'b'.repeat(201);
    const summary = await extracted(store(), freshName(context), {
      measure: async (options) => {
        const rows = await extractImage(options);
        const sensor = unnamed;
        unnamed = '';
        if (sensor === '') return rows;
        return {
          ...rows,
          signatures: rows.signatures.map((part) => ({ ...part, layout: { ...part.layout, sensor } })),
        };
      },
    });
    assert.ok(summary.done > 0);
    assert.equal(summary.failed.length, 1);
    assert.match(summary.failed[0]?.reason ?? '', /^LimitExceeded: .* a name of 1 to 200 characters/);
  });

  test('a cancelled call gives its image back and can be continued', async (context) => {
    const name = freshName(context);
    const controller = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 2 && controller.abort();
    await assert.rejects(extracted(store(), name, { signal: controller.signal, onProgress }), Cancelled);
    const states = await listExtractions(store(), (await findDataset(store(), name)).id);
    assert.equal(states.filter(({ status }) => status === 'done').length, 2);
    assert.equal(states.filter(({ status }) => status === 'claimed').length, 0);
    const rest = await extracted(store(), name);
    assert.equal(rest.skipped, 2);
    assert.deepEqual(
      await rowsOf(store(), rest.dataset),
      await rowsOf(store(), (await extracted(store(), `${name}, whole`)).dataset),
    );
  });

  test('a call that waits for the images of others ends as soon as it is cancelled', async (context) => {
    const name = freshName(context);
    const first = new AbortController();
    const onProgress = () => first.abort();
    await assert.rejects(extracted(store(), name, { signal: first.signal, onProgress }), Cancelled);
    const dataset = (await findDataset(store(), name)).id;
    while ((await claimImage(store(), { dataset, leaseMs: 600_000 })) !== undefined);
    const controller = new AbortController();
    let aborted = Number.NaN;
    const watched: Store = {
      ...store(),
      query: async (...question) => {
        const answer = await store().query(...question);
        // What it asks last before it waits: whether any image is still open.
        if (question[0].includes('count('))
          setTimeout(() => {
            aborted = performance.now();
            controller.abort();
          }, 50);
        return answer as never;
      },
    };
    await assert.rejects(extracted(watched, name, { signal: controller.signal }), Cancelled);
    assert.ok(performance.now() - aborted < 300);
  });

  test('workers at the same time give the rows of one', async (context) => {
    const name = freshName(context);
    const one = await extracted(store(), name);
    const [some, others] = await Promise.all([
      extracted(store(), `${name}, shared`, { workers: 2 }),
      extracted(store(), `${name}, shared`),
    ]);
    assert.equal(some.done + others.done, one.done);
    assert.deepEqual(await rowsOf(store(), some.dataset), await rowsOf(store(), one.dataset));
  });

  test('what cannot be extracted is said before anything is stored', async (context) => {
    const name = freshName(context);
    await assert.rejects(extracted(store(), name, { interval: ['1999-01-01', '1999-02-01'] }), NoData);
    await assert.rejects(
      extracted(store(), name, { parcels: { name, crs: 'EPSG:4326', parcels: [] } }),
      NoData,
    );
    await assert.rejects(extracted(store(), name, { workers: 0 }), InvalidArgument);
    assert.deepEqual(await store().query('select 1 from furrow.dataset where name = $1', [name]), []);
  });
});

describe('a killed extraction', () => {
  test('is continued by the next call, with the rows of an undisturbed one', async (context) => {
    const store = await openTestStore();
    context.after(() => store.close());
    const name = freshName(context);
    const program = new URL('./season-process.ts', import.meta.url).pathname;
    const folder = await testStoreFolder();
    const run = () =>
      spawn(process.execPath, [program, folder, season.collection, season.parcels, name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    let killed = 0;
    let last = '';
    for (;;) {
      const child = run();
      let lines = 0;
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        last = chunk;
        lines += chunk.split('\n').length - 1;
        if (lines >= 1 && killed < 3) setTimeout(() => child.kill('SIGKILL'), killed * 15);
      });
      const [code, signal] = await once(child, 'exit');
      if (signal !== 'SIGKILL') {
        assert.equal(code, 0);
        break;
      }
      killed++;
    }
    assert.equal(killed, 3);
    assert.match(last, /"failed":\[\]/);
    const whole = await extracted(store, `${name}, whole`);
    const { id } = await findDataset(store, name);
    assert.deepEqual(await rowsOf(store, id), await rowsOf(store, whole.dataset));
  });
});
