import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { CollectionNotFound, DatasetNotFound, InvalidArgument, NoData } from '../../src/errors.ts';
import { extract } from '../../src/session/extract.ts';
import { Fields } from '../../src/session/fields.ts';
import { collection } from '../../src/session/find-collection.ts';
import { parcels } from '../../src/session/find-parcels.ts';
import { displaySymbol } from '../../src/session/rich-text.ts';
import { Season } from '../../src/session/season.ts';
import { closeSharedStore } from '../../src/session/shared-store.ts';
import { attachSurroundings, type ShownImages } from '../../src/session/surroundings.ts';
import { testStoreFolder } from '../store/embedded-test-store.ts';

describe('a session', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-session-'));
  const name = `small-${process.pid}`;
  const environment = { ...process.env };
  const bars: string[] = [];
  const shown: ShownImages[] = [];
  const warnings: string[] = [];
  let season: Season;
  let fields: Fields;

  before(async () => {
    const demo = await makeDemoSeason({ folder: join(folder, 'small'), size: 160, dates: 6 });
    process.env.FURROW_COLLECTIONS = `${name}=${demo.collection}`;
    process.env.FURROW_DATA = await testStoreFolder();
    attachSurroundings({
      signal: () => undefined,
      progress: (title) => ({ update: () => undefined, end: () => void bars.push(title) }),
      showImages: (images) => void shown.push(images),
      warn: (text) => void warnings.push(text),
    });
    season = await collection(name);
    fields = await parcels(name);
  });
  after(async () => {
    await closeSharedStore();
    process.env = environment;
    rmSync(folder, { recursive: true, force: true });
  });

  test('finds a collection by its configured name, and says which names there are', async () => {
    assert.equal(season.interval[0].slice(0, 4), '2026');
    await assert.rejects(collection(join(folder, 'nowhere')), (error) => {
      assert.ok(error instanceof CollectionNotFound);
      assert.match(error.message, new RegExp(`demo, ${name}`));
      return true;
    });
  });

  test('finds parcels by collection, by file and by an open season', async () => {
    assert.equal(fields.name, name);
    const file = await parcels(join(folder, 'small', 'parcels.geojson'));
    assert.equal(file.name, 'small', 'a file called parcels is named after its folder');
    assert.ok(bars.includes('Reading parcels'));
    assert.equal((await parcels(season)).parcels.length, fields.parcels.length);
    await assert.rejects(parcels(`no-such-${process.pid}`), DatasetNotFound);
  });

  test('a part of the parcels has a name of its own, the whole keeps its name', () => {
    const [west, south, east, north] = season.bbox;
    assert.equal(fields.within(season.bbox), fields);
    const half = fields.within([west, south, (west + east) / 2, north]);
    assert.ok(half.parcels.length > 0 && half.parcels.length < fields.parcels.length);
    assert.notEqual(half.name, fields.name);
  });

  test('a season read from the images equals the one that was extracted into the store', async () => {
    const some = fields.parcels.slice(0, 12);
    const read = season.series(fields, { index: 'ndvi' });
    const live = await Promise.all(some.map(({ pid }) => read(pid)));
    const report = await extract({ collection: season, parcels: fields });
    assert.deepEqual(report.failed, []);
    assert.ok(report.done > 0 && report.rows > 0);
    assert.ok(bars.some((title) => title.startsWith('Extracting')));
    const rows = await fields.series({ index: 'ndvi', pid: some.map(({ pid }) => pid) });
    assert.ok(rows.some(({ clear }) => clear > 0 && clear < 1));
    assert.deepEqual(
      rows.map(({ pid, item, n, median, p25, clear }) => [pid, item, n, median, p25, clear]),
      live.flatMap(({ pid, points }) =>
        points
          .filter(({ n }) => n > 0)
          .map(({ itemId, n, p50, p25, clear }) => [pid, itemId, n, p50, p25, clear]),
      ),
    );
    const again = await extract({ collection: season, parcels: fields });
    assert.equal(again.done, 0);
    assert.equal(again.skipped, report.done);
    const problems = [{ address: 'torn.json', reason: 'torn.json is not JSON' }];
    const torn = new Season({ ...season.collection, problems });
    const told = await extract({ collection: torn, parcels: fields });
    assert.deepEqual(told.problems, problems);
    assert.match(told[displaySymbol]()['text/plain'] ?? '', /could not be read: 1: torn\.json is not JSON/);
    const clear = await fields.series({ index: 'ndvi', clearAtLeast: 0.9 });
    assert.ok(clear.length > 0 && clear.every((row) => row.clear >= 0.9));
  });

  test('dates on which nothing of the parcel is clear are in the season, without a value', async () => {
    const points = await Promise.all(
      fields.parcels.slice(0, 12).map(({ pid }) => season.series(fields)(pid)),
    );
    const blank = points.flatMap((series) => series.points).filter(({ n }) => n === 0);
    assert.ok(blank.length > 0, 'the demo season has clouded dates');
    assert.ok(blank.every(({ p50, clear }) => Number.isNaN(p50) && clear === 0));
  });

  test('an unknown parcel and an unknown image are refused by name', async () => {
    await assert.rejects(season.series(fields)(987_654), InvalidArgument);
    await assert.rejects(season.images()({ itemId: 'no-such-item' }), NoData);
  });

  test('the image behind a date is drawn in tiles', async () => {
    const [first] = (await season.series(fields)(fields.parcels[0]?.pid ?? 0)).points;
    assert.ok(first);
    const image = await season.images()(first);
    assert.equal(image.date, first.datetime.slice(0, 10));
    const [west, south, east, north] = image.bounds;
    const [x, y] = [((west + east) / 2 + 180) / 360, mercatorY((south + north) / 2)];
    const tile = await image.tile(12, Math.floor(x * 4096), Math.floor(y * 4096));
    assert.deepEqual([...(tile ?? []).slice(1, 4)], [...Buffer.from('PNG')]);
  });

  test('a preview shows the fullest month first and can open the others', async () => {
    const cube = season
      .load({ bands: ['red', 'nir', 'scl'] })
      .mask_clouds()
      .ndvi()
      .aggregate_temporal_period({ period: 'month', reducer: 'median' });
    const { cube: computed } = await cube.preview();
    const images = shown.at(-1) ?? assert.fail('nothing was shown');
    assert.ok(images.labels.includes(images.initial));
    assert.ok(images.labels.length > 1);
    assert.equal(computed.dimensions[0]?.labels.length, images.labels.length);
    assert.equal((await images.open(images.labels.at(-1) ?? '')).date, images.labels.at(-1));
    assert.deepEqual(warnings, []);
    const problems = [{ address: 'torn.json', reason: 'torn.json is not JSON' }];
    await new Season({ ...season.collection, problems }).load({ bands: ['red'] }).execute();
    assert.deepEqual(warnings, [
      `${season.id}: an image cannot be read and is left out: torn.json is not JSON`,
    ]);
    await assert.rejects(cube.preview({ time: '1999-01' }), InvalidArgument);
    await assert.rejects(cube.preview({ min: 0 }), InvalidArgument);
  });

  test('what is shown of a season and its parcels is escaped', async () => {
    const html = (await season[displaySymbol]())['text/html'] ?? '';
    assert.match(html, /red/);
    const { parcels: own, crs } = fields;
    const hostile = new Fields({ name: '<img src=x onerror=alert(1)>', crs, parcels: own });
    assert.doesNotMatch(hostile[displaySymbol]()['text/html'] ?? '', /<img/);
  });
});

function mercatorY(latitude: number): number {
  return (1 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / Math.PI) / 2;
}
