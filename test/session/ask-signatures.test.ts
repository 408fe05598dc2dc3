import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BandNotFound, InvalidArgument, NoData } from '../../src/errors.ts';
import { closeSharedStore, type Fields, parcels, readParcels, sharedStore } from '../../src/index.ts';
import { attachSurroundings } from '../../src/session/surroundings.ts';
import { testStoreFolder } from '../store/embedded-test-store.ts';
import { storedSeason } from '../store/placed-season.ts';

let folder = '';
let fields: Fields;
const name = `asked ${process.pid}-${Date.now()}`;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-ask-'));
  process.env.FURROW_DATA = await testStoreFolder();
  await storedSeason(await sharedStore(), name, { count: 40 });
  fields = await parcels(name);
});
after(async () => {
  await closeSharedStore();
  await rm(folder, { recursive: true, force: true });
});

test('a series is narrowed by crop, size and place', async () => {
  const pids = async (query: object) =>
    [...new Set((await fields.series({ index: 'ndvi', ...query })).map(({ pid }) => pid))].join();
  assert.equal(await pids({ crop: 'maize', hectares: [3, null] }), '32,35,38');
  assert.equal(await pids({ bbox: [9.999, 49.999, 10.0035, 50.0025] }), '1,2,11,12');
  assert.equal(await pids({ at: [10.0025, 50.0005] }), '2');
  assert.equal(await pids({ label: ['P-3', 'P-4'], pid: [4, 5] }), '4');
});

test('an image is asked for by item or day, and values by their range', async () => {
  const rows = await fields.image({ index: 'ndvi', item: 'image-1', crop: 'wheat' });
  assert.deepEqual(
    rows.slice(0, 2).map(({ pid, item, mean, clear }) => [pid, item, mean, clear]),
    [
      [1, 'image-1', 11_100, 1],
      [4, 'image-1', 11_400, 1],
    ],
  );
  assert.deepEqual(await fields.image({ index: 'ndvi', day: '2026-04-02', crop: 'wheat' }), rows);
  assert.deepEqual(await fields.image({ index: 'ndvi', day: '2026-04-03' }), []);
  await assert.rejects(fields.image({ index: 'ndvi', item: 'image-9' }), NoData);
  await assert.rejects(fields.image({ index: 'ndvi' }), InvalidArgument);
  const low = await fields.inRange({ index: 'ndvi', stat: 'median', day: '2026-04-02', most: 11_205 });
  assert.deepEqual(
    low.map(({ pid, value }) => [pid, value]),
    [
      [1, 11_105],
      [2, 11_205],
    ],
  );
  assert.deepEqual(
    (await fields.peers(1, { distance: 450 })).map(({ pid }) => pid),
    [13, 22, 4],
  );
  assert.deepEqual(
    (await fields.find({ crop: 'maize', hectares: [null, 0.6] })).map(({ pid }) => pid),
    [2, 5],
  );
});

test('a band or index that was never extracted is refused with the names of those that were', async () => {
  const told = (error: unknown) =>
    error instanceof BandNotFound && /no band or index 'ndwi'.*ndvi/.test(error.message);
  const index = ['ndvi', 'ndwi'];
  await assert.rejects(fields.series({ index: 'ndwi' }), told);
  await assert.rejects(fields.columns({ index }), told);
  await assert.rejects(fields.image({ index: 'ndwi', day: '2026-04-02' }), told);
  await assert.rejects(fields.inRange({ index: 'ndwi', day: '2026-04-02', least: 0 }), told);
  await assert.rejects(fields.rows({ index: 'ndwi' }).next(), told);
  await assert.rejects(fields.saveSeries(join(folder, 'unknown.csv'), { index }), told);
  assert.equal((await readdir(folder)).includes('unknown.csv'), false);
  assert.deepEqual(await fields.series({ index: 'NDVI', from: '2030-01-01' }), []);
});

test('typed arrays, batches and files say the same as rows', async () => {
  const rows = await fields.series({ index: 'ndvi', clearAtLeast: 0.5 });
  assert.equal(rows.length, 40);
  const columns = await fields.columns({ index: ['ndvi', 'B04'] });
  assert.equal(columns.bands.get('B04')?.stats.max?.[0], 103);
  const means: number[] = [];
  for await (const { columns: own } of fields.batches({ index: 'ndvi', clearAtLeast: 0.5, rowsAtOnce: 30 })) {
    const mean = own.find((column) => column.name === 'mean');
    assert.ok(mean?.type === 'float32');
    means.push(...mean.values);
  }
  assert.deepEqual(
    means,
    rows.map(({ mean }) => mean),
  );
  const path = join(folder, 'series.csv');
  assert.equal(await fields.saveSeries(path, { index: ['ndvi', 'B04'], pid: [1, 2] }), 6);
  const [head, first] = (await readFile(path, 'utf8')).split('\n');
  const stats = ['n', 'mean', 'std', 'min', 'max', 'p25', 'p50', 'p75'];
  const named = ['ndvi', 'B04'].flatMap((band) => stats.map((stat) => `${band}_${stat}`)).join();
  assert.equal(head, `pid,label,crop,datetime,item,${named},clear`);
  assert.match(
    first ?? '',
    /^1,P-1,wheat,2026-03-28T10:30:00.000Z,image-0,100,10100,10101,10102,10103,10104,10105,/,
  );
  assert.equal(await fields.saveSeries(path, { index: 'ndvi', crop: 'rye' }), 0);
  assert.match(
    await readFile(path, 'utf8'),
    /^pid,label,crop,datetime,item,n,mean,std,min,max,p25,p50,p75,clear\n$/,
  );
});

test('rows come in batches, and are those of the whole answer', async () => {
  const query = { index: 'ndvi', clearAtLeast: 0.5, crop: ['wheat', 'maize'] };
  const rows = await gathered(fields, query);
  assert.ok(rows.length > 0);
  assert.deepEqual(rows, await fields.series(query));
  assert.deepEqual(await gathered(fields, { ...query, from: '2090-01-01' }), []);
});

async function gathered(of: Fields, query: Parameters<Fields['rows']>[0]): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const batch of of.rows(query)) rows.push(...batch);
  return rows;
}

test('the bar of a file goes by its parcels and is not full before the file is', async () => {
  const shares: number[] = [];
  let ended = 0;
  attachSurroundings({
    signal: () => undefined,
    progress: () => ({
      update: (done, total) => void shares.push(done / total),
      end: () => void ended++,
    }),
    showImages: () => undefined,
    warn: () => undefined,
  });
  const many = `${name} many`;
  await storedSeason(await sharedStore(), many, { count: 900, of: 1 });
  await (await parcels(many)).saveSeries(join(folder, 'bar.csv'), { index: 'ndvi', rowsAtOnce: 200 });
  assert.ok(shares.length > 3 && ended === 1);
  assert.ok((shares[0] ?? 1) < 0.5 && (shares.at(-1) ?? 0) > 0.9);
  assert.ok(shares.every((share, at) => share < 1 && share >= (shares[at - 1] ?? 0)));
  shares.length = 0;
  await fields.saveSeries(join(folder, 'bar.csv'), { index: 'ndvi', pid: [7, 3] });
  assert.deepEqual(shares, [0.5]);
});

test('an image goes out with the outlines of its parcels', async () => {
  for (const extension of ['geojson', 'geoparquet']) {
    const path = join(folder, `image.${extension}`);
    assert.equal(await fields.saveImage(path, { index: 'ndvi', item: 'image-0', crop: 'maize' }), 13);
    const read = await readParcels(path);
    assert.equal(read.parcels.length, 13);
    const [first] = read.parcels;
    assert.equal(first?.pid, 2);
    assert.equal(first?.attributes.ndvi_p50, 10_205);
    assert.equal(first?.attributes.item, 'image-0');
  }
  const none = { index: 'ndvi', item: 'image-0', crop: 'rye' };
  await assert.rejects(fields.saveImage(join(folder, 'none.geojson'), none), NoData);
});

test('an archived season is asked in the same way, and comes back', async () => {
  const ask = async () => [
    await fields.series({ index: 'ndvi', crop: 'maize' }),
    await fields.image({ index: 'B04', day: '2026-04-07' }),
    await fields.inRange({
      index: 'ndvi',
      from: '2026-03-01',
      to: '2026-04-05',
      least: 10_500,
      most: 11_200,
    }),
    await fields.inRange({ index: 'ndvi', day: '2026-04-02', clearAtLeast: 0.5, crop: 'wheat', rows: 3 }),
  ];
  const before = await ask();
  const place = join(folder, 'archive');
  const copied = await fields.archive({ to: place, before: '2026-04-20' });
  assert.deepEqual(
    copied.map(({ month, state, rows }) => [month, state, rows]),
    [['2026-03', 'copied', 120]],
  );
  const month = async () =>
    (await readdir(place, { recursive: true })).filter((path) => /2026-03.*parquet/.test(path));
  const files = await month();
  await fields.archive({ to: place, before: '2026-04-20' });
  assert.deepEqual(await month(), files, 'a month that is unchanged was copied again');
  await truncate(join(place, files[0] ?? ''), 100);
  await fields.archive({ to: place, before: '2026-04-20' });
  assert.equal((await month()).length, 2 * files.length, 'a spoilt copy was not made anew');
  const store = await sharedStore();
  await store.query(
    `update furrow.signature set n = n + 1 where day < '2026-04-01' and pid = 40 and dataset_id =
    (select id from furrow.dataset where name = $1)`,
    [name],
  );
  const gone = await fields.archive({ to: place, before: '2026-06-01', detach: true });
  assert.deepEqual(
    gone.map(({ month, state, rows }) => [month, state, rows]),
    [
      ['2026-03', 'detached', 120],
      ['2026-04', 'detached', 200],
    ],
  );
  assert.deepEqual(await ask(), before);
  assert.deepEqual(await fields.archive({ to: place, before: '2026-06-01' }), []);
  assert.equal((await fields.restore({ month: '2026-03' }))[0]?.state, 'restored');
  await assert.rejects(fields.restore({ month: '2026-03' }), NoData);
  assert.deepEqual(await ask(), before);
  await fields.restore();
  assert.deepEqual(await ask(), before);
});
