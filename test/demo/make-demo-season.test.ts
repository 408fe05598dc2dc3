import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chooseScenes } from '../../src/catalog/choose-scenes.ts';
import type { BandAsset, Item } from '../../src/catalog/item.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { hasDemoSeason, makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { noiseDn } from '../../src/demo/optical-image.ts';
import { Cancelled, InvalidArgument } from '../../src/errors.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import type { Polygon } from '../../src/geometry/polygon.ts';
import { pixelRuns } from '../../src/geometry/rasterize.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';

const small = { size: 192, dates: 12 } as const;

interface Feature {
  readonly properties: { readonly pid: number; readonly crop: string; readonly area: number };
  readonly geometry: Polygon;
}

async function readFeatures(folder: string): Promise<Feature[]> {
  const text = await readFile(join(folder, 'parcels.geojson'), 'utf8');
  return (JSON.parse(text) as { features: Feature[] }).features;
}

async function hashFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) hash.update(name).update(await readFile(path));
  }
  return hash.digest('hex');
}

function bandOf(item: Item, name: string): BandAsset {
  const band = item.bands.find((candidate) => candidate.name === name);
  assert.ok(band, `${item.id} has no ${name}`);
  return band;
}

async function pixelsOf(item: Item, name: string): Promise<Float64Array> {
  const [pixels] = await (await openRasterAt(bandOf(item, name).href)).read();
  assert.ok(pixels);
  return Float64Array.from(pixels, Number);
}

/** The stored numbers of a band inside a parcel, by GDAL's pixel-centre rule. */
async function pixelsInside(item: Item, name: string, { geometry }: Feature): Promise<number[]> {
  const { grid } = bandOf(item, name);
  const pixels = await pixelsOf(item, name);
  const runs = pixelRuns(transformArea(geometry, 'OGC:CRS84', grid.crs), grid);
  const inside: number[] = [];
  for (let i = 0; i < runs.length; i += 3) {
    const [row = 0, first = 0, end = 0] = runs.subarray(i, i + 3);
    inside.push(...pixels.subarray(row * grid.width + first, row * grid.width + end));
  }
  return inside;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('the demo season', () => {
  let place = '';
  let folder = '';
  let items: readonly Item[] = [];

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'furrow demo '));
    folder = join(place, 'season');
    await makeDemoSeason({ folder, ...small });
    items = await (await openCollection(join(folder, 'collection.json'))).items({});
  });
  after(() => rm(place, { recursive: true, force: true }));

  const optical = (): Item[] => items.filter(({ properties }) => properties.constellation === 'sentinel-2');

  test('the same seed gives the same bytes, another one others', async () => {
    const [again, other] = [join(place, 'again'), join(place, 'other')];
    await makeDemoSeason({ folder: again, ...small });
    await makeDemoSeason({ folder: other, ...small, seed: 2 });
    const held = await hashFolder(folder);
    assert.equal(await hashFolder(again), held);
    assert.notEqual(await hashFolder(other), held);
  });

  test('its collection names parcels, bands and both sensors', async () => {
    const collection = await openCollection(join(folder, 'collection.json'));
    assert.equal(collection.parcelsHref, join(folder, 'parcels.geojson'));
    const names = collection.bands.map(({ name }) => name);
    assert.deepEqual(names, ['B02', 'B03', 'B04', 'B05', 'B08', 'B11', 'SCL', 'VV', 'VH']);
    assert.equal(new Set(optical().map(({ datetime }) => datetime)).size, small.dates);
    assert.equal(items.length - optical().length, 10);
  });

  test('10 m and 20 m bands cover the same ground', () => {
    const [item] = optical();
    assert.ok(item);
    const [fine, coarse] = [bandOf(item, 'B08').grid, bandOf(item, 'SCL').grid];
    assert.deepEqual([fine.width, fine.height], [small.size, small.size]);
    assert.deepEqual([coarse.width * 2, coarse.height * 2], [fine.width, fine.height]);
    assert.equal(coarse.transform[0], 2 * fine.transform[0]);
    assert.deepEqual([coarse.transform[2], coarse.transform[5]], [fine.transform[2], fine.transform[5]]);
  });

  test('a pass processed twice differs by the declared offset and by nothing else', async () => {
    const twice = optical().filter(
      (item, _, all) =>
        all.some(
          ({ id, datetime }) => id !== item.id && datetime === item.datetime && id.includes('T32UQU'),
        ) && item.id.includes('T32UQU'),
    );
    assert.equal(twice.length, 2);
    const [older, newer] = twice.sort((a, b) => bandOf(b, 'B04').offset - bandOf(a, 'B04').offset);
    assert.ok(older && newer);
    assert.deepEqual([bandOf(older, 'B04').offset, bandOf(newer, 'B04').offset], [0, -0.1]);
    const [before, after] = [await pixelsOf(older, 'B04'), await pixelsOf(newer, 'B04')];
    assert.ok(before.every((value, i) => after[i] === (value === 0 ? 0 : value + 1000)));
    assert.deepEqual(await pixelsOf(older, 'SCL'), await pixelsOf(newer, 'SCL'));
  });

  test('of a pass processed twice the choice of scenes drops the older one and keeps both granules', () => {
    const { kept, dropped } = chooseScenes(optical());
    assert.deepEqual(
      dropped.map(({ item }) => bandOf(item, 'B04').offset),
      [0],
    );
    assert.equal(kept.filter(({ id }) => id.includes('T32UPU')).length, 1);
  });

  test('the western granule ends inside the area and agrees with the eastern one', async () => {
    const west = optical().find(({ id }) => id.includes('T32UPU'));
    const east = optical().find(({ id, datetime }) => id.includes('T32UQU') && datetime === west?.datetime);
    assert.ok(west && east);
    const { width, height } = bandOf(west, 'B08').grid;
    assert.ok(width < small.size && height === small.size);
    const [left, whole] = [await pixelsOf(west, 'B08'), await pixelsOf(east, 'B08')];
    for (const row of [0, 50, height - 1])
      assert.deepEqual(
        left.subarray(row * width, (row + 1) * width),
        whole.subarray(row * small.size, row * small.size + width),
      );
  });

  test('every optical and radar band varies by at least 20 stored numbers inside every parcel', async () => {
    const features = await readFeatures(folder);
    assert.ok(features.length >= 8, `${features.length} parcels`);
    const [first] = optical();
    const radar = items.find(({ properties }) => properties.constellation === 'sentinel-1');
    assert.ok(first && radar);
    for (const feature of features) {
      for (const name of Object.keys(noiseDn)) {
        const spread = deviation(await pixelsInside(first, name, feature));
        assert.ok(spread >= 20, `${name} of parcel ${feature.properties.pid}: ${spread}`);
      }
      for (const name of ['VV', 'VH']) assert.ok(deviation(await pixelsInside(radar, name, feature)) >= 20);
    }
  });

  test('clouds are bright, shadows dark, and both are told by the classification', async () => {
    const means = new Map<number, { sum: number; count: number }>();
    for (const item of optical()) {
      const { offset, scale } = bandOf(item, 'B05');
      const [classes, red] = [await pixelsOf(item, 'SCL'), await pixelsOf(item, 'B05')];
      classes.forEach((value, i) => {
        const mean = means.get(value) ?? { sum: 0, count: 0 };
        means.set(value, { sum: mean.sum + (red[i] ?? 0) * scale + offset, count: mean.count + 1 });
      });
    }
    const mean = (value: number): number => (means.get(value)?.sum ?? 0) / (means.get(value)?.count ?? 0);
    for (const value of [3, 4, 5, 8, 9, 10]) assert.ok((means.get(value)?.count ?? 0) > 20, `class ${value}`);
    assert.ok(mean(9) > 0.35 && mean(8) > mean(10) && mean(10) > mean(4));
    assert.ok(mean(3) < 0.75 * mean(5));
  });

  test('pixels beyond the swath are 0 in every band', async () => {
    let unseen = 0;
    for (const item of optical()) {
      const [classes, blue] = [await pixelsOf(item, 'SCL'), await pixelsOf(item, 'B05')];
      classes.forEach((value, i) => {
        assert.equal(value === 0, blue[i] === 0, `${item.id} pixel ${i}`);
        if (value === 0) unseen++;
      });
    }
    assert.ok(unseen > 500, `${unseen} unseen pixels`);
  });

  test('it is recognized, and made again for other options', async () => {
    assert.equal(await hasDemoSeason({ folder, ...small }), true);
    assert.equal(await hasDemoSeason({ folder, ...small, seed: 2 }), false);
    assert.equal(await hasDemoSeason({ folder: join(place, 'nowhere') }), false);
  });

  test('an abort leaves nothing behind', async () => {
    const target = join(place, 'aborted');
    const cancel = new AbortController();
    const making = makeDemoSeason({
      folder: target,
      ...small,
      signal: cancel.signal,
      onProgress: ({ done }) => {
        if (done === 4) cancel.abort();
      },
    });
    await assert.rejects(making, Cancelled);
    assert.deepEqual(
      (await readdir(place)).filter((name) => name.includes('aborted')),
      [],
    );
  });

  test('a folder that holds something else is not touched', async () => {
    const target = join(place, 'mine');
    await mkdir(target);
    await writeFile(join(target, 'thesis.txt'), 'years of work');
    await assert.rejects(makeDemoSeason({ folder: target, ...small }), InvalidArgument);
    assert.deepEqual(await readdir(target), ['thesis.txt']);
  });

  test('impossible options are refused', async () => {
    for (const options of [{ size: 63 }, { size: 4096 }, { dates: 0 }, { seed: 0.5 }])
      await assert.rejects(makeDemoSeason({ folder: join(place, 'odd'), ...options }), InvalidArgument);
  });
});

test('the season of the defaults has about 300 parcels, 24 dates, under 80 MB, in under 30 s of one core', async () => {
  const place = await mkdtemp(join(tmpdir(), 'furrow-demo-'));
  try {
    const folder = join(place, 'demo');
    const began = process.cpuUsage();
    const { parcelCount, itemCount } = await makeDemoSeason({ folder });
    const { user, system } = process.cpuUsage(began);
    assert.ok((user + system) / 1e6 < 30, `${(user + system) / 1e6} s of processor time`);
    assert.ok(parcelCount >= 270 && parcelCount <= 330, `${parcelCount} parcels`);
    assert.equal(itemCount, 24 + 3 + 2 + 20);
    let bytes = 0;
    for (const name of await readdir(folder, { recursive: true }))
      bytes += (await stat(join(folder, name))).size;
    assert.ok(bytes < 80e6, `${bytes} bytes`);
    const found = new Set((await readFeatures(folder)).map(({ properties }) => properties.crop));
    assert.ok(found.size >= 10, [...found].join(', '));
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});
