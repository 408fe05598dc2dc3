import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openParquet } from '../../src/formats/parquet-columns.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { type ParcelFixture, parcelFixture } from './parcel-fixture.ts';

interface Feature {
  readonly id: number;
  readonly properties: Record<string, unknown>;
  readonly geometry: { readonly type: string };
}

interface Page {
  readonly features: readonly Feature[];
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

interface Season {
  readonly dates: readonly string[];
  readonly items: readonly string[];
  readonly mean: readonly number[];
  readonly clear: readonly number[];
}

describe('datasets and parcels', { skip: withoutPostgres ?? false }, () => {
  let fixture: ParcelFixture;

  before(async () => {
    fixture = await parcelFixture();
  });
  after(() => fixture?.[Symbol.asyncDispose]());

  test('datasets are those that may be seen, with facts of each', async () => {
    const list = await fixture.json<{ datasets: { name: string }[] }>('/parcels');
    assert.deepEqual(
      list.datasets.map(({ name }) => name),
      ['blocks', 'demo fields', 'far west', 'fields'],
    );
    assert.deepEqual(await fixture.json('/parcels', 'bob'), {
      ...(await fixture.json('/parcels', 'bob')),
      datasets: [],
    });
    const facts = await fixture.json<Record<string, unknown>>('/parcels/fields');
    assert.deepEqual(
      [facts.parcels, facts.aoi, facts.year, facts.bands, facts.images, facts.bbox],
      [150, 'AT', 2026, ['B04', 'B08', 'ndvi'], 3, [10, 50, 10.019, 50.028999999999996]],
    );
    assert.deepEqual(facts.crops, [
      { crop: 'maize', parcels: 50 },
      { crop: 'wheat', parcels: 50 },
      { crop: null, parcels: 50 },
    ]);
    for (const path of ['', '/items', '/1', '/1/series', '/statistics?day=2026-03-28'])
      assert.equal((await fixture.get(`/parcels/fields${path}`, 'bob')).status, 404, path);
  });

  test('parcels by box and crop, page by page', async () => {
    const seen: number[] = [];
    let path = '/parcels/fields/items?crop=maize&limit=20&bbox=9,49,11,51';
    for (let pages = 0; pages < 4; pages++) {
      const { features, links }: Page = await fixture.json<Page>(path);
      seen.push(...features.map(({ id }) => id));
      for (const { properties } of features) assert.equal(properties.crop, 'maize');
      const next = links.find(({ rel }) => rel === 'next');
      if (next === undefined) break;
      path = next.href;
    }
    assert.equal(seen.length, 50);
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => a - b),
    );
    const one = await fixture.json<Page>('/parcels/fields/items?bbox=10.0001,50.0001,10.0002,50.0002');
    assert.deepEqual(
      one.features.map(({ id }) => id),
      [1],
    );
    for (const wrong of ['bbox=1,2,3', 'bbox=10,50,9,51', 'limit=0', 'limit=1000000'])
      assert.equal((await fixture.get(`/parcels/fields/items?${wrong}`)).status, 400, wrong);
  });

  test('one parcel is a feature; one that is not there is a problem', async () => {
    const answer = await fixture.get('/parcels/fields/7');
    assert.match(answer.headers.get('content-type') ?? '', /^application\/geo\+json/);
    const { id, properties, geometry } = (await answer.json()) as Feature;
    assert.deepEqual([id, properties.label, properties.crop, geometry.type], [7, 'P-7', 'wheat', 'Polygon']);
    assert.equal((await fixture.get('/parcels/fields/700')).status, 404);
    assert.equal((await fixture.get('/parcels/fields/x')).status, 400);
  });

  test('the season of a parcel: a list a column; many at once share questions and each gets its own', async () => {
    const seasons = await Promise.all(
      Array.from({ length: 120 }, (_, i) => fixture.json<Season>(`/parcels/fields/${i + 1}/series?band=B04`)),
    );
    for (const [i, { mean, dates, items, clear }] of seasons.entries()) {
      const own = [0, 1, 2].map((image) => image * 1000 + (i + 1) * 100);
      assert.deepEqual(mean, own);
      assert.deepEqual(items, ['image-0', 'image-1', 'image-2']);
      assert.equal(dates[0], '2026-03-28T10:30:00.000Z');
      // 30 pixels of vegetation and 10 of bare soil of 100; without classes all counts as clear.
      assert.deepEqual(clear, [0.4, 1, 0.4]);
    }
    const [mixed, missing] = await Promise.all([
      fixture.get('/parcels/fields/3/series?band=B04'),
      fixture.get('/parcels/fields/3000/series?band=B04'),
    ]);
    assert.deepEqual([mixed.status, missing.status], [200, 404]);
  });

  test('a season between two moments, as CSV', async () => {
    const part = await fixture.json<Season>('/parcels/fields/2/series?from=2026-04-01&to=2026-04-03');
    assert.deepEqual(part.mean, [11_200]);
    const early = await fixture.json<Season>('/parcels/fields/2/series?index=NDVI&to=2020-01-01');
    assert.deepEqual(early.dates, []);
    for (const from of ['yesterday', '0000', '-000001-01-01', '%2B010000-01-01', '12345'])
      assert.equal((await fixture.get(`/parcels/fields/2/series?from=${from}`)).status, 400, from);
    for (const from of ['0001', '9999-12-31T23:59:59Z'])
      assert.equal((await fixture.get(`/parcels/fields/2/series?from=${from}`)).status, 200, from);
    const csv = await (await fixture.get('/parcels/fields/2/series?format=csv')).text();
    const [head, first] = csv.split('\n');
    assert.equal(head, 'dates,items,n,mean,p25,p50,p75,clear');
    assert.equal(first, '2026-03-28T10:30:00.000Z,image-0,100,10200,10204,10205,10206,0.4');
  });

  test('a band or index that a dataset lacks is refused with the names that there are', async () => {
    const day = 'day=2026-04-02';
    for (const path of [
      'fields/2/series?band=B77',
      'fields/2/series?index=nosuch',
      'fields/2/series?index=nosuch&format=csv',
      `fields/statistics?${day}&index=nosuch`,
      `fields/statistics?${day}&index=nosuch&format=parquet`,
    ]) {
      const answer = await fixture.get(`/parcels/${path}`);
      const { code, message } = (await answer.json()) as Record<string, string>;
      assert.deepEqual([answer.status, code], [400, 'BandNotFound'], path);
      assert.match(
        message ?? '',
        /^dataset 'fields' has no band or index '(B77|nosuch)'; it has .*B04.*ndvi/,
        path,
      );
    }
    assert.equal((await fixture.get('/parcels/fields/2/series?band=B77', 'bob')).status, 404);
    const nothing = await fixture.json<Season>('/parcels/blocks/2/series?index=nosuch');
    assert.deepEqual(nothing.dates, [], 'of nothing that was extracted nothing is said');
  });

  test('statistics of a day as GeoJSON, CSV and Parquet tell the same', async () => {
    const path = '/parcels/fields/statistics?day=2026-04-02&index=B08';
    const { features } = await fixture.json<Page>(path);
    assert.equal(features.length, 150);
    assert.deepEqual(
      [features[4]?.id, features[4]?.properties.mean, features[4]?.properties.item],
      [5, 1510, 'image-1'],
    );
    const lines = (await (await fixture.get(`${path}&format=csv`)).text()).trim().split('\n');
    assert.equal(lines.length, 151);
    assert.ok(lines[5]?.startsWith('5,P-5,maize,2026-04-02T10:30:00.000Z,image-1,100,1510,'), lines[5]);
    const file = join(fixture.data, 'statistics.parquet');
    await writeFile(file, new Uint8Array(await (await fixture.get(`${path}&format=parquet`)).arrayBuffer()));
    const parquet = await openParquet(await openSource(file));
    assert.deepEqual(parquet.groups, [150]);
    const { mean } = Object.fromEntries(await parquet.read(['mean'], 0));
    assert.equal(mean?.[4], 1510);
    const byItem = await (
      await fixture.get('/parcels/fields/statistics?item=image-1&index=B08&format=csv')
    ).text();
    assert.equal(byItem.trim().split('\n').join(), lines.join());
    for (const wrong of ['', '?day=2026-13-01', '?day=2026-02-30', '?day=2026-04-02&item=image-1'])
      assert.equal((await fixture.get(`/parcels/fields/statistics${wrong}`)).status, 400, wrong);
    assert.equal((await fixture.get('/parcels/fields/statistics?item=nothing')).status, 404);
    const empty = await fixture.get('/parcels/fields/statistics?day=2020-01-01&format=csv');
    assert.equal((await empty.text()).trim(), lines[0]);
    assert.deepEqual(await fixture.json('/parcels/fields/statistics?day=2020-01-01'), {
      type: 'FeatureCollection',
      features: [],
    });
  });
});
