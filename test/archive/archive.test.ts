import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { type ArchivedMonth, listArchive, storeMark } from '../../src/archive/archive-catalog.ts';
import { archiveMonth } from '../../src/archive/archive-month.ts';
import { detachMonth } from '../../src/archive/detach-month.ts';
import { monthOf } from '../../src/archive/month.ts';
import { openArchived } from '../../src/archive/open-archived.ts';
import { readSeries } from '../../src/archive/read-series.ts';
import { restoreMonth } from '../../src/archive/restore-month.ts';
import {
  Cancelled,
  EgressRefused,
  FileNotFound,
  InvalidArgument,
  InvalidFile,
  StoreFailure,
} from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { datasetBands } from '../../src/store/dataset-bands.ts';
import { registerImages } from '../../src/store/images.ts';
import { seasonsOf } from '../../src/store/seasons-of.ts';
import { type SeriesOptions, type SignatureSeries, series } from '../../src/store/series.ts';
import type { Queryable, Store } from '../../src/store/store.ts';
import { streamSeries } from '../../src/store/stream-series.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { freshName, onBothBackends } from '../store/backends.ts';
import { storedSeason } from '../store/placed-season.ts';
import { images, rowsOf } from '../store/sample-season.ts';
import { type S3Gateway, startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';

const [march, april] = [monthOf('2026-03'), monthOf('2026-04')];

/** A series as plain data, for comparison. */
function plain(answer: SignatureSeries) {
  const { bands, ...rest } = answer;
  return { ...rest, bands: [...bands].map(([band, { n, stats }]) => [band, n, { ...stats }]) };
}

async function archive(store: Store, dataset: number, location: string, fileRows?: number) {
  const months: ArchivedMonth[] = [];
  for (const month of [march, april]) {
    const archived = await archiveMonth(store, { dataset, month, location, fileRows });
    await detachMonth(store, dataset, archived);
    months.push(archived);
  }
  return months;
}

async function rowsInStore(store: Store, dataset: number): Promise<number> {
  const [row] = await store.query<{ n: number }>(
    'select count(*) as n from furrow.signature where dataset_id = $1',
    [dataset],
  );
  return row?.n ?? -1;
}

function placesOf(name: string, make: () => Promise<string>, skip?: string | false): void {
  describe(name, { skip: skip ?? false }, () => {
    onBothBackends((store) => {
      test('what is asked of archived months is answered as before', async (context) => {
        const { dataset, images: ids } = await storedSeason(store(), freshName(context), { count: 70 });
        const questions: Partial<SeriesOptions>[] = [
          {},
          { pids: [5, 70, 999], bands: ['ndvi', 'B08', 'B99'] },
          { image: ids[1], histogram: null },
          { from: '2026-04-02T10:30:00Z', to: '2026-04-07T10:30:00Z' },
          { bands: ['b04'], to: '2026-04-01' },
        ];
        const ask = (of: typeof series) =>
          Promise.all(
            questions.map(async (q) => plain(await of(store(), { dataset, bands: ['NDVI'], ...q }))),
          );
        const expected = await ask(series);
        assert.equal(expected[0]?.rows, 210);
        const bands = await datasetBands(store(), dataset);
        assert.ok(bands.includes('ndvi') && bands.includes('B08'));
        await archive(store(), dataset, await make(), 50);
        assert.equal(await rowsInStore(store(), dataset), 0);
        assert.equal((await series(store(), { dataset, bands: ['ndvi'] })).rows, 0);
        assert.deepEqual(await ask(readSeries), expected);
        assert.deepEqual(await datasetBands(store(), dataset), bands);
        let rows = 0;
        for await (const batch of streamSeries(
          store(),
          { dataset, bands: ['ndvi'], rowsAtOnce: 60 },
          readSeries,
        ))
          rows += batch.rows;
        assert.equal(rows, 210);
      });

      test('a month comes back as it was, and goes again without being written anew', async (context) => {
        const { dataset } = await storedSeason(store(), freshName(context));
        const before = plain(await series(store(), { dataset, bands: ['ndvi', 'B04'] }));
        const location = await make();
        await archive(store(), dataset, location);
        for (const month of await listArchive(store(), dataset)) {
          assert.equal(month.status, 'detached');
          assert.equal(
            await restoreMonth(store(), dataset, month),
            month.month.name === '2026-03' ? 90 : 150,
          );
        }
        assert.deepEqual(plain(await series(store(), { dataset, bands: ['ndvi', 'B04'] })), before);
        const [first] = await listArchive(store(), dataset);
        assert.equal(first?.status, 'copied');
        await assert.rejects(restoreMonth(store(), dataset, first as ArchivedMonth), InvalidArgument);
        assert.equal(await detachMonth(store(), dataset, first as ArchivedMonth), 60);
        assert.deepEqual(plain(await readSeries(store(), { dataset, bands: ['ndvi', 'B04'] })), before);
      });
    });
  });
}

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-archive-'));
});
after(() => rm(folder, { recursive: true, force: true }));

placesOf('in a folder', () => mkdtemp(join(folder, 'place-')));

let gateway: S3Gateway | undefined;
let prefixes = 0;
placesOf(
  'on S3',
  async () => {
    if (gateway === undefined) {
      gateway = await startS3Gateway();
      await gateway.makeBucket('archive');
      const { endpoint, credentials } = gateway.settings;
      process.env.AWS_ENDPOINT_URL_S3 = endpoint.href;
      process.env.AWS_ACCESS_KEY_ID = credentials?.accessKeyId;
      process.env.AWS_SECRET_ACCESS_KEY = credentials?.secretAccessKey;
    }
    return `s3://archive/some place/${++prefixes}`;
  },
  versitygw() === undefined && withoutVersitygw,
);
after(async () => gateway?.[Symbol.asyncDispose]());

onBothBackends((store) => {
  const place = () => mkdtemp(join(folder, 'place-'));
  const season = (context: TestContext) => storedSeason(store(), freshName(context));

  test('a month with open work, without rows, or of the files alone is not archived', async (context) => {
    const { dataset, name } = await season(context);
    const location = await place();
    const options = { dataset, location };
    await assert.rejects(
      archiveMonth(store(), { ...options, month: monthOf('2025-01') }),
      /no rows in 2025-01/,
    );
    await registerImages(store(), { dataset, recipe: 'one', images: images(4, name) });
    await assert.rejects(
      archiveMonth(store(), { ...options, month: april }),
      /1 images of 2026-04 are still/,
    );
    const archived = await archiveMonth(store(), { ...options, month: march });
    await detachMonth(store(), dataset, archived);
    await assert.rejects(archiveMonth(store(), { ...options, month: march }), /restore it before/);
    await assert.rejects(
      detachMonth(store(), dataset, archived),
      /not archived by that run, or was detached/,
    );
  });

  test('nothing is taken out when the rows or the files changed', async (context) => {
    const { dataset, images: ids } = await season(context);
    const location = await place();
    const archived = await archiveMonth(store(), { dataset, month: april, location });
    await store().query(
      'update furrow.signature set n = n + 1 where dataset_id = $1 and pid = 3 and image_id = $2',
      [dataset, ids[2] ?? -1],
    );
    await assert.rejects(
      detachMonth(store(), dataset, archived),
      (error) => error instanceof StoreFailure && /changed since it was archived/.test(error.message),
    );
    const again = await archiveMonth(store(), { dataset, month: april, location });
    const [file] = again.files;
    await appendFile(join(location, file?.name ?? ''), 'x');
    await assert.rejects(detachMonth(store(), dataset, again), InvalidFile);
    await rm(join(location, file?.name ?? ''));
    await assert.rejects(detachMonth(store(), dataset, again), FileNotFound);
    assert.equal(await rowsInStore(store(), dataset), 180);
    // Both runs' files have names of their own: what the catalogue names was never overwritten.
    assert.equal((await readdir(join(location, `dataset-${dataset}`, '2026-04'))).length, 2);
  });

  test('an image that is extracted again after its month was archived counts as the store has it', async (context) => {
    const { dataset, name, images: ids } = await season(context);
    await archive(store(), dataset, await place());
    await registerImages(store(), { dataset, recipe: 'two', images: images(3, name).slice(1, 2) });
    const mean = async (pid: number) => {
      const [points] = seasonsOf(
        await readSeries(store(), { dataset, pids: [pid], bands: ['ndvi'] }),
        'ndvi',
      );
      return points?.points.map((point) => point.mean);
    };
    // Waiting: the archived rows still hold.
    assert.deepEqual(await mean(2), [10_200, 11_200, 12_200]);
    const claim = await claimImage(store(), { dataset, images: [ids[1] ?? -1] });
    assert.ok(claim);
    await writeImage(store(), claim, rowsOf(50, [1, 2], ['ndvi']));
    assert.deepEqual(await mean(2), [10_200, 50_200, 12_200]);
    assert.deepEqual(await mean(3), [10_300, 12_300]);
    // Its own month now has rows in both places; coming back, the new ones stay.
    for (const month of await listArchive(store(), dataset)) await restoreMonth(store(), dataset, month);
    assert.deepEqual(await mean(2), [10_200, 50_200, 12_200]);
    assert.deepEqual(await mean(3), [10_300, 12_300]);
  });

  test('an image that waits once more after it was extracted again keeps the rows of the store', async (context) => {
    const { dataset, name, images: ids } = await season(context);
    await archive(store(), dataset, await place());
    const work = (recipe: string) =>
      registerImages(store(), { dataset, recipe, images: images(3, name).slice(1, 2) });
    await work('two');
    const claim = await claimImage(store(), { dataset, images: [ids[1] ?? -1] });
    assert.ok(claim);
    await writeImage(store(), claim, rowsOf(50, [1, 2], ['ndvi']));
    await work('three');
    const ask = async () => plain(await readSeries(store(), { dataset, bands: ['ndvi', 'B04'] }));
    const now = await ask();
    assert.equal(now.rows, 62, 'archived rows of an image that has newer ones');
    for (const month of await listArchive(store(), dataset)) await restoreMonth(store(), dataset, month);
    assert.deepEqual(await ask(), now);
    const again = await claimImage(store(), { dataset, images: [ids[1] ?? -1] });
    assert.ok(again);
    await writeImage(store(), again, rowsOf(60, [1], ['ndvi']));
    assert.equal((await ask()).rows, 61);
  });

  test('an image that is extracted after its month came back replaces its rows', async (context) => {
    const { dataset, name, images: ids } = await season(context);
    await archive(store(), dataset, await place());
    for (const month of await listArchive(store(), dataset)) await restoreMonth(store(), dataset, month);
    await registerImages(store(), { dataset, recipe: 'two', images: images(3, name).slice(1, 2) });
    const claim = await claimImage(store(), { dataset, images: [ids[1] ?? -1] });
    assert.ok(claim);
    await writeImage(store(), claim, rowsOf(50, [1], ['ndvi']));
    assert.equal((await readSeries(store(), { dataset, bands: ['ndvi', 'B04'] })).rows, 61);
  });

  test('a month comes back although the time of an image was corrected since its extraction', async (context) => {
    const { dataset, images: ids } = await season(context);
    await store().query(`update furrow.image set datetime = datetime + interval '1 day' where id = $1`, [
      ids[1] ?? -1,
    ]);
    await archive(store(), dataset, await place());
    for (const month of await listArchive(store(), dataset)) await restoreMonth(store(), dataset, month);
    assert.equal(await rowsInStore(store(), dataset), 180);
  });

  test('rows of an image that the dataset does not list are not archived', async (context) => {
    const { dataset, images: ids } = await season(context);
    await store().query('delete from furrow.extraction where dataset_id = $1 and image_id = $2', [
      dataset,
      ids[1] ?? -1,
    ]);
    const location = await place();
    await assert.rejects(archiveMonth(store(), { dataset, month: april, location }), /does not list/);
  });

  test('a time that is none is told, also of archived months', async (context) => {
    const { dataset } = await season(context);
    await archive(store(), dataset, await place());
    await assert.rejects(
      readSeries(store(), { dataset, bands: ['ndvi'], from: 'yesterday' }),
      InvalidArgument,
    );
  });

  test('who waits for a file that another opens does not end when that one is cancelled', async (context) => {
    const { dataset } = await season(context);
    await archive(store(), dataset, await place());
    const [month] = await listArchive(store(), dataset);
    const [file] = month?.files ?? [];
    assert.ok(month && file);
    const mark = await storeMark(store());
    const given = new AbortController();
    const first = openArchived(month, file, { dataset, mark, signal: given.signal });
    const second = openArchived(month, file, { dataset, mark });
    given.abort();
    await assert.rejects(first, Cancelled);
    assert.ok((await second).groups.length > 0);
  });

  test('a place that stands in the store alone gets no request that the user did not allow', async (context) => {
    const { dataset } = await season(context);
    let requests = 0;
    const server = createServer((_, response) => void response.writeHead(404).end(String(++requests)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const archived = await archiveMonth(store(), { dataset, month: march, location: await place() });
      const { port } = server.address() as AddressInfo;
      const forged = { ...archived, location: `http://127.0.0.1:${port}` };
      await assert.rejects(detachMonth(store(), dataset, forged), EgressRefused);
      await assert.rejects(restoreMonth(store(), dataset, { ...forged, status: 'detached' }), EgressRefused);
      assert.equal(requests, 0);
    } finally {
      server.close();
    }
  });

  test('no row is missing when a month comes back, or an image is written, while it is asked for', async (context) => {
    const { dataset, name, images: ids } = await season(context);
    const ask = async (of: Queryable) => plain(await readSeries(of, { dataset, bands: ['ndvi'] }));
    const expected = await ask(store());
    await archive(store(), dataset, await place());
    let lists = 0;
    const meddler: Queryable = {
      ...store(),
      query: async (text, ...rest) => {
        const rows = await store().query(text, ...rest);
        if (/furrow\.archive_file/.test(text) && ++lists === 2)
          for (const month of await listArchive(store(), dataset))
            await restoreMonth(store(), dataset, month);
        return rows as never;
      },
    };
    assert.deepEqual(await ask(meddler), expected);
    assert.equal((await listArchive(store(), dataset))[0]?.status, 'copied');

    for (const month of await listArchive(store(), dataset)) await detachMonth(store(), dataset, month);
    await registerImages(store(), { dataset, recipe: 'two', images: images(3, name).slice(1, 2) });
    let written = false;
    const writer: Queryable = {
      ...store(),
      query: async (text, ...rest) => {
        if (/not e\.written/.test(text) && !written) {
          written = true;
          const claim = await claimImage(store(), { dataset, images: [ids[1] ?? -1] });
          assert.ok(claim);
          await writeImage(store(), claim, rowsOf(50, [1, 2], ['ndvi']));
        }
        return await store().query(text, ...rest);
      },
    };
    assert.equal((await ask(writer)).rows, 62);
  });

  test('a file of another dataset is not read, whatever the catalogue says, and a spoilt one is told', async (context) => {
    const mine = await season(context);
    const theirs = await season(context);
    const location = await place();
    const [month] = await archive(store(), mine.dataset, location);
    const [other] = await archive(store(), theirs.dataset, location);
    const histogram = (archived?: ArchivedMonth) => archived?.files.find(({ kind }) => kind === 'histogram');
    const [file, wrong] = [histogram(month), histogram(other)];
    await writeFile(join(location, `${file?.name}.copy`), 'PAR1 is no Parquet');
    await rm(join(location, file?.name ?? ''));
    const ask = () => readSeries(store(), { dataset: mine.dataset, bands: ['B04'], to: '2026-04-01' });
    await assert.rejects(ask(), FileNotFound);
    await copyFile(join(location, wrong?.name ?? ''), join(location, file?.name ?? ''));
    await assert.rejects(ask(), /no file of month 2026-03 of dataset/);
    await copyFile(join(location, `${file?.name}.copy`), join(location, file?.name ?? ''));
    await assert.rejects(ask(), InvalidFile);
  });
});
