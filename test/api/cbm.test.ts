import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decodePng } from '../../src/raster/decode-png.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { startFurrow } from '../support/furrow-server.ts';
import { basic } from '../support/parcel-house.ts';
import { type ParcelFixture, parcelFixture } from './parcel-fixture.ts';

describe('the paths of checks by monitoring', { skip: withoutPostgres ?? false }, () => {
  let fixture: ParcelFixture;
  const json: ParcelFixture['json'] = (...args) => fixture.json(...args);
  const get: ParcelFixture['get'] = (...args) => fixture.get(...args);
  const at = 'aoi=at&year=2026';

  before(async () => {
    fixture = await parcelFixture();
  });
  after(() => fixture?.[Symbol.asyncDispose]());

  test('a parcel by its identifier: a list a column, identifiers are texts, GeoJSON as text', async () => {
    const answer = await get(`/query/parcelByID?${at}&pid=P-3&withGeometry=True`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    const parcel = (await answer.json()) as Record<string, unknown[]>;
    assert.deepEqual(Object.keys(parcel), [
      'pid',
      'cropname',
      'cropcode',
      'srid',
      'geom',
      'area',
      'clon',
      'clat',
    ]);
    assert.deepEqual(
      [parcel.pid, parcel.cropname, parcel.cropcode, parcel.srid],
      [['P-3'], [null], ['110'], [4326]],
    );
    assert.equal((JSON.parse(String(parcel.geom?.[0])) as { type: string }).type, 'Polygon');
    // 0.001 degrees each way at 50 north: 71.7 m x 111.2 m.
    assert.ok(Math.abs(Number(parcel.area?.[0]) - 7971) < 30, String(parcel.area));
    assert.ok(Math.abs(Number(parcel.clon?.[0]) - 10.0045) < 1e-9);
  });

  test('a place: the parcel that holds it; no parcel gives empty lists; the area may be written in any case', async () => {
    const here = await json(`/query/parcelByLocation?aoi=AT&year=2026&lon=10.0005&lat=50.0005`);
    assert.deepEqual([here.pid, here.cropcode], [['P-1'], ['110']]);
    assert.equal(here.geom, undefined);
    const none = await json(`/query/parcelByLocation?aoi=aT&year=2026&lon=11&lat=50`);
    assert.deepEqual(none.pid, []);
    assert.deepEqual(
      (await json(`/query/parcelByID?${at}&pid=${encodeURIComponent("x' or '1'='1")}`)).pid,
      [],
    );
  });

  test('a polygon in the south-west, in the old form and as GeoJSON', async () => {
    const corners = [
      [-50.01, -10.01],
      [-49.99, -10.01],
      [-49.99, -9.99],
      [-50.01, -9.99],
    ];
    const old = [...corners, corners[0] ?? []].map((corner) => corner.join('_')).join('-');
    assert.deepEqual((await json(`/query/parcelsByPolygon?aoi=br&year=2025&polygon=${old}`)).pid, ['P-5']);
    const open = corners.map((corner) => corner.join('_')).join('-');
    assert.deepEqual((await json(`/query/parcelsByPolygon?aoi=br&year=2025&polygon=${open}`)).pid, ['P-5']);
    const body = JSON.stringify({ type: 'Polygon', coordinates: [[...corners, corners[0]]] });
    const headers = { 'content-type': 'application/json' };
    const posted = await json(`/query/parcelsByPolygon?aoi=br&year=2025&only_ids=False`, 'alice', {
      method: 'POST',
      body,
      headers,
    });
    assert.deepEqual([posted.pid, posted.srid], [['P-5'], [4326]]);
    const wrong = await get(`/query/parcelsByPolygon?aoi=br&year=2025&polygon=1_2-3`);
    assert.equal(wrong.status, 400);
  });

  test('more than a hundred parcels: it is said, and the next page is linked', async () => {
    const polygon = '9_49-12_49-12_51-9_51-9_49';
    const answer = await get(`/query/parcelsByPolygon?${at}&polygon=${polygon}`);
    const first = (await answer.json()) as Record<string, unknown[]>;
    assert.equal(first.pid?.length, 100);
    assert.equal(first.truncated?.length, 100);
    const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
    const second = await json(next);
    assert.equal(second.pid?.length, 50);
    assert.equal(second.truncated, undefined);
    assert.equal(new Set([...(first.pid ?? []), ...(second.pid ?? [])]).size, 150);
  });

  test('a series keeps the images that have no scene classes', async () => {
    const series = await json(`/query/parcelTimeSeries?${at}&pid=P-2&tstype=s2&ref=True`);
    assert.deepEqual(series.band, ['B04', 'B08', 'ndvi', 'B04', 'B08', 'ndvi', 'B04', 'B08', 'ndvi']);
    const classes = { 4: 30, 5: 10, 8: 60 };
    assert.deepEqual(series.hist, [
      ...Array(3).fill(classes),
      ...Array(3).fill(null),
      ...Array(3).fill(classes),
    ]);
    assert.deepEqual(series.mean?.slice(0, 3), [200, 210, 10_200]);
    assert.equal(series.date_part?.[0], Date.UTC(2026, 2, 28, 10, 30) / 1000);
    assert.equal(series.reference?.[0], 'image-0');
    const one = await json(`/query/parcelTimeSeries?${at}&pid=P-2&band=B8&scl=False`);
    assert.deepEqual([one.band, one.hist], [['B08', 'B08', 'B08'], undefined]);
    assert.equal((await get(`/query/parcelTimeSeries?${at}&pid=P-2&band=B99`)).status, 400);
    const scl = await json(`/query/parcelTimeSeries?${at}&pid=P-2&tstype=scl`);
    assert.deepEqual(scl.hist, [classes, classes]);
    assert.deepEqual((await json(`/query/parcelTimeSeries?${at}&pid=P-2&tstype=bs`)).band, []);
  });

  test('CSV: a line of names also without rows', async () => {
    const answer = await get(`/query/parcelTimeSeries?${at}&pid=nobody&tsformat=csv`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(answer.headers.get('content-disposition') ?? '', /filename="nobody_s2.csv"/);
    assert.equal(await answer.text(), 'date_part,band,count,mean,std,min,p25,p50,p75,max,hist\n');
    const rows = await (await get(`/query/weatherTimeSeries?${at}&pid=P-1&tsformat=csv`)).text();
    assert.equal(rows, 'meteo_date,tmin,tmax,tmean,prec\n2026-04-01,1,9,5,\n2026-04-02,1,9,5,\n');
  });

  test('weather of the nearest cell, and markers, by dataset', async () => {
    const weather = await json(`/query/weatherTimeSeries?${at}&pid=P-9`);
    assert.deepEqual(weather.meteo_date, ['2026-04-01', '2026-04-02']);
    assert.deepEqual(weather.tmean, [5, 5]);
    const none = await json(`/query/weatherTimeSeries?${at}&ptype=b&pid=P-1`);
    assert.deepEqual(none, { meteo_date: [], tmin: [], tmax: [], tmean: [], prec: [] });
    const markers = await json(`/query/markers?${at}&pid=P-2`);
    assert.deepEqual(
      [markers.marker, markers.date_main, markers.duration_days, markers.pid],
      [['mowing'], ['2026-05-04'], [7], ['P-2']],
    );
    assert.deepEqual((await json(`/query/markers?${at}&ptype=b&pid=P-2`)).pid, []);
  });

  test('peers: the nearest of the same crop, larger than 3,000 square metres, none where no crop is stated', async () => {
    const peers = await json<{ pids: string[]; distance: number[] }>(
      `/query/parcelPeers?${at}&pid=P-4&distance=5000&max=3`,
    );
    assert.equal(peers.pids.length, 3);
    assert.ok(!peers.pids.includes('P-4') && !peers.pids.includes('P-1'));
    assert.deepEqual(
      peers.distance,
      peers.distance.toSorted((a, b) => a - b),
    );
    for (const pid of peers.pids) assert.equal((Number(pid.slice(2)) - 1) % 3, 0, pid);
    assert.deepEqual(await json(`/query/parcelPeers?${at}&pid=P-3`), { pids: [], distance: [] });
  });

  test('what there is: areas, years and kinds of who asks', async () => {
    const { aois } = await json<{ aois: Record<string, Record<string, unknown>> }>('/query/info');
    assert.deepEqual(Object.keys(aois), ['at', 'br', 'de']);
    assert.deepEqual([aois.at?.years, aois.at?.datasets, aois.at?.tms], [[2026], ['b'], ['Google', 'other']]);
    assert.deepEqual(aois.at?.id_examples_2026, ['P-1', 'P-2', 'P-3', 'P-4', 'P-5']);
    assert.deepEqual(await json('/query/info', 'bob'), {
      ...(await json('/query/info', 'bob')),
      aois: {},
    });
  });

  test('another area, year or kind is a problem with a code, and nothing of a request is pasted into a statement', async () => {
    for (const query of [
      'aoi=xx&year=2026',
      'aoi=at&year=2020',
      'aoi=at&year=2026&ptype=zz',
      `aoi=at&year=2026&ptype=${encodeURIComponent("b'; drop table furrow.parcel; --")}`,
      `aoi=${encodeURIComponent("at' or 'a'='a")}&year=2026`,
    ]) {
      const answer = await get(`/query/parcelByID?${query}&pid=P-1`);
      assert.equal(answer.status, 404, query);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.equal(((await answer.json()) as { code: string }).code, 'DatasetNotFound');
    }
    const several = await get('/query/parcelByID?year=2026&pid=P-1');
    assert.equal(several.status, 400);
    assert.equal((await get(`/query/parcelByID?${at}&pid=P-1`, '')).status, 401);
  });

  test('who may not see a dataset sees it by no route, also where the only area is meant', async () => {
    const pid = encodeURIComponent(fixture.demo.label);
    const demo = `aoi=de&year=2026&pid=${pid}`;
    const days = 'start_date=2026-01-01&end_date=2026-12-31';
    const polygon = '9_49-12_49-12_51-9_49';
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = JSON.stringify({
      type: 'Polygon',
      coordinates: [
        [
          [9, 49],
          [12, 49],
          [12, 51],
          [9, 49],
        ],
      ],
    });
    for (const [path, init] of [
      [`/query/parcelByID?${at}&pid=P-1`],
      ['/query/parcelByID?year=2025&pid=P-5'],
      [`/query/parcelByLocation?${at}&lon=10&lat=50`],
      [`/query/parcelsByPolygon?${at}&polygon=${polygon}`],
      [`/query/parcelsByPolygon?${at}`, { ...post, body }],
      [`/query/parcelTimeSeries?${at}&pid=P-1`],
      [`/query/weatherTimeSeries?${at}&pid=P-1`],
      [`/query/parcelPeers?${at}&pid=P-1`],
      [`/query/markers?${at}&pid=P-1`],
      [`/query/chipsByParcelID?${demo}&${days}`],
      [`/query/rawChipByParcelID?${demo}&${days}`],
      [`/query/rawChipByLocation?aoi=de&year=2026&lon=1&lat=1&${days}`],
      [`/query/backgroundByParcelID?${demo}`],
    ] as const) {
      assert.equal((await get(path, 'bob', init)).status, 404, path);
      assert.equal((await get(path, 'alice', init)).status, 200, path);
    }
  });

  test('requests of several people at once do not mix', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const who = i % 3 === 0 ? 'bob' : 'alice';
        return [who, (await get(`/query/parcelByID?${at}&pid=P-${1 + i}`, who)).status];
      }),
    );
    for (const [who, status] of answers) assert.equal(status, who === 'alice' ? 200 : 404);
  });

  test('chips around a parcel and a place: GeoTIFF by links that nobody can guess', async () => {
    const { label, lon, lat } = fixture.demo;
    const days = 'start_date=2026-01-01&end_date=2026-12-31&band=B08&chipsize=200';
    const byPlace = await json<{ dates: string[]; chips: string[] }>(
      `/query/rawChipByLocation?lon=${lon}&lat=${lat}&${days}`,
    );
    const byPid = await json<{ dates: string[]; chips: string[] }>(
      `/query/rawChipByParcelID?aoi=de&year=2026&pid=${label}&${days}`,
    );
    assert.ok(byPlace.chips.length > 0);
    assert.deepEqual(byPid.dates, byPlace.dates);
    assert.match(byPlace.dates[0] ?? '', /^2026\d{4}T\d{6}$/);
    const only = await json(`/query/rawChipByLocation?lon=${lon}&lat=${lat}&${days}&onlylist=True`);
    assert.deepEqual(Object.keys(only), ['chips']);
    const [chip = ''] = byPlace.chips;
    assert.match(chip, /\/[\w.-]+\.B08\.tif$/);
    const file = await get(chip, '');
    assert.equal(file.status, 200);
    assert.equal(file.headers.get('content-type'), 'image/tiff');
    assert.deepEqual([...new Uint8Array(await file.arrayBuffer()).subarray(0, 4)], [0x49, 0x49, 42, 0]);
    const parts = chip.split('/');
    parts[3] = `${parts[3]?.slice(0, -2)}xx`;
    assert.equal((await get(parts.join('/'), '')).status, 404);
  });

  test('a chip of an image whose file is gone says which, not where the machine had it', async () => {
    const { lon, lat } = fixture.demo;
    const days = 'start_date=2026-01-01&end_date=2026-12-31&band=B11';
    const { chips } = await json<{ chips: string[] }>(
      `/query/rawChipByLocation?lon=${lon}&lat=${lat}&${days}`,
    );
    const [chip = ''] = chips;
    const [, image = ''] = /([^/]+)\.B11\.tif$/.exec(chip) ?? [];
    await rm(join(fixture.data, 'demo', image, 'B11.tif'));
    const answer = await get(chip, '');
    assert.equal(answer.status, 404);
    const { message } = (await answer.json()) as { message: string };
    assert.match(message, new RegExp(`^nothing stands at \\w+/${image}/B11\\.tif$`));
  });

  test('a page of pictures: eight in a row, what a request names is escaped', async () => {
    const { label, lon, lat } = fixture.demo;
    const days = 'start_date=2026-01-01&end_date=2026-12-31';
    const page = await get(`/query/chipsByParcelID?aoi=de&year=2026&pid=${label}&${days}&lut=2_98`);
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    const [source = ''] = /\/signed\/pictures\/[^"]+\.png/.exec(await page.text()) ?? [];
    const picture = await get(source, '');
    assert.equal(picture.headers.get('content-type'), 'image/png');
    const { width, height } = decodePng(new Uint8Array(await picture.arrayBuffer()), 'chip');
    assert.ok(width > 0 && width <= 128 && height > 0 && height <= 128);
    const hostile = encodeURIComponent('<script>alert(1)</script>');
    const answer = await get(`/query/chipsByLocation?lon=${lon}&lat=${lat}&${days}&bands=${hostile}`);
    assert.equal(answer.status, 200);
    assert.ok(!(await answer.text()).includes('<script'));
    assert.equal((await get(`/query/chipsByLocation?lon=${lon}&lat=${lat}&${days}&lut=98_2`)).status, 400);
    const noDay = 'start_date=2026-01-01&end_date=2026-02-30';
    assert.equal((await get(`/query/chipsByLocation?lon=${lon}&lat=${lat}&${noDay}`)).status, 400);
  });

  test('backgrounds come from the sources that the server names, with the outline where it is wanted', async () => {
    const { label, lon, lat } = fixture.demo;
    const place = `lon=${lon}&lat=${lat}&chipsize=64&extend=500`;
    const address = await (await get(`/query/backgroundByLocation?${place}&tms=google&iformat=tif`)).text();
    assert.ok(address.startsWith(`${fixture.house.server.url}/signed/pictures/`));
    assert.ok(address.endsWith('/Google.tif'));
    assert.equal((await get(address, '')).headers.get('content-type'), 'image/tiff');
    const asked = fixture.maps.asked.at(-1)?.match(/\d+/g)?.map(Number) ?? [];
    const plain = `/query/backgroundByLocation?${place}&raw=True`;
    const shown = decodePng(await bytesOf(await (await get(plain)).text()), 'background');
    assert.deepEqual([shown.width, shown.height], [64, 64]);
    const middle = shown.rgba.subarray(4 * (32 * 64 + 32), 4 * (32 * 64 + 32) + 4);
    assert.deepEqual([middle[2], middle[3]], [asked[0], 255]);
    const outlined = `/query/backgroundByParcelID?aoi=de&year=2026&pid=${label}&chipsize=64&extend=500&raw=True&withGeometry=True`;
    const drawn = decodePng(await bytesOf(await (await get(outlined)).text()), 'background');
    const yellow = (rgba: Uint8Array) => {
      let count = 0;
      for (let i = 0; i < rgba.length; i += 4) if (rgba[i] === 255 && rgba[i + 1] === 230) count++;
      return count;
    };
    assert.ok(yellow(drawn.rgba) > 10);
    assert.equal(yellow(shown.rgba), 0);
    const page = await (await get(`/query/backgroundByLocation?${place}`)).text();
    assert.match(page, /<img src="\.\.\/signed\/pictures\/[^"]+\/Google\.png"/);
    const unknown = await get(`/query/backgroundByLocation?${place}&tms=Bing`);
    assert.equal(unknown.status, 400);
    assert.match(((await unknown.json()) as { message: string }).message, /Google, other/);
  });

  async function bytesOf(address: string): Promise<Uint8Array> {
    return new Uint8Array(await (await get(address, '')).arrayBuffer());
  }

  test('old forms by a switch: an empty object for errors, numbers for identifiers; rights are still asked', async () => {
    const environment = {
      FURROW_ACCOUNTS: 'on',
      FURROW_STORE: fixture.house.url,
      FURROW_CBM_COMPAT: 'on',
      FURROW_LOG: 'warn',
    };
    await using server = await startFurrow({ environment });
    const old = async (path: string, who = 'alice') =>
      await fetch(`${server.url}${path}`, { headers: who === '' ? {} : { authorization: basic(who) } });
    const unknown = await old('/query/parcelByID?aoi=xx&year=2026&pid=P-1');
    assert.deepEqual([unknown.status, await unknown.json()], [200, {}]);
    const here = await old('/query/parcelByLocation?aoi=at&year=2026&lon=10.0005&lat=50.0005');
    assert.deepEqual(((await here.json()) as { cropcode: unknown[] }).cropcode, [110]);
    assert.equal((await old('/query/info', '')).status, 401);
    const foreign = await old('/query/parcelByID?aoi=at&year=2026&pid=P-1', 'bob');
    assert.deepEqual(await foreign.json(), {});
  });
});
