import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Collection } from '../../src/catalog/collection.ts';
import type { Item } from '../../src/catalog/item.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { writeCollection, writeItem } from '../../src/catalog/write-stac.ts';
import { BandNotFound, Cancelled, FileNotFound, InvalidFile } from '../../src/errors.ts';
import { transformBBox } from '../../src/geometry/crs.ts';
import { type BBox, type Grid, gridBounds } from '../../src/geometry/grid.ts';
import type { ParcelSet } from '../../src/parcels/parcel.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { Fields } from '../../src/session/fields.ts';
import { parcels as findParcels } from '../../src/session/find-parcels.ts';
import { parcelSeason } from '../../src/session/parcel-season.ts';
import { displaySymbol } from '../../src/session/rich-text.ts';
import { Season } from '../../src/session/season.ts';

const grid: Grid = {
  crs: 'EPSG:32632',
  transform: [10, 0, 500_000, 0, -10, 5_200_000],
  width: 20,
  height: 20,
};
const ring = [
  [500_050, 5_199_850],
  [500_100, 5_199_850],
  [500_100, 5_199_950],
  [500_050, 5_199_950],
  [500_050, 5_199_850],
] as const;
const parcels: ParcelSet = {
  name: 'one',
  crs: grid.crs,
  parcels: [
    {
      pid: 1,
      label: '1',
      crop: undefined,
      area: 0.5,
      attributes: {},
      geometry: { type: 'Polygon', coordinates: [ring] },
    },
  ],
};
const bbox = transformBBox(gridBounds(grid), grid.crs, 'OGC:CRS84');
const wider: BBox = [bbox[0], bbox[1], bbox[2] + (bbox[2] - bbox[0]), bbox[3]];

describe('the season of one parcel', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-parcel-season-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** An image of uniform red and near infrared; without `nir` its file is missing, with null it is no TIFF. */
  async function image(
    id: string,
    { nir, box = bbox, time = '2022-06-20T10:20:41Z' }: { nir?: number | null; box?: BBox; time?: string },
  ): Promise<string> {
    const place = join(folder, id);
    await mkdir(place);
    const pixels = (value: number) => new Uint16Array(grid.width * grid.height).fill(value);
    const { width, height } = grid;
    if (nir !== undefined)
      await writeFile(
        join(place, 'image.tif'),
        nir === null
          ? 'no TIFF at all'
          : await encodeCog(
              { width, height, dataType: 'uint16', bands: [pixels(1000), pixels(nir)] },
              { ...grid },
            ),
      );
    await writeItem(place, {
      id,
      collection: 'own',
      datetime: time,
      bbox: box,
      assets: [
        {
          key: 'image',
          href: './image.tif',
          bands: [
            { name: 'B04', commonName: 'red' },
            { name: 'B08', commonName: 'nir' },
          ],
          dataType: 'uint16',
          nodata: 0,
          grid,
        },
      ],
    });
    return `./${id}/item.json`;
  }

  async function season(name: string, items: readonly string[]): Promise<Collection> {
    const document = { id: name, title: name, description: '', bbox: wider, items } as const;
    const at = join(folder, `${name}.json`);
    const interval = ['2022-01-01T00:00:00Z', '2022-12-31T00:00:00Z'] as const;
    const path = await writeCollection(folder, { ...document, interval });
    await rename(path, at);
    return openCollection(at);
  }

  test('takes the newer of two processings that show as many pixels', async () => {
    const product = (day: string, baseline: string, processed: string) =>
      `S2A_MSIL2A_202206${day}T102041_N${baseline}_R065_T32TNT_${processed}`;
    // The older ones cover more ground, so they stay in the season and both have the parcel. The newer name sorts first on
    // one date and last on the other.
    const time = '2022-06-30T10:20:41Z';
    const items = [
      await image(product('20', '0400', '20220620T164801'), { nir: 3000, box: wider }),
      await image(product('20', '0399', '20240101T000000'), { nir: 4000 }),
      await image(product('30', '0400', '20220630T164801'), { nir: 3000, box: wider, time }),
      await image(product('30', '0510', '20240101T000000'), { nir: 4000, time }),
    ];
    const { points } = await parcelSeason(await season('twice', items), parcels, 1, { index: 'ndvi' });
    assert.deepEqual(
      points.map(({ mean }) => mean.toFixed(6)),
      ['0.600000', '0.600000'],
    );
  });

  test('goes on without the images that cannot be read, and names them', async () => {
    const day = (number: number) => `2022-05-0${number}T10:00:00Z`;
    const items = [
      await image('gone', { time: day(1) }),
      await image('fine', { nir: 3000, time: day(2) }),
      await image('broken', { nir: null, time: day(3) }),
      await image('good', { nir: 4000, time: day(4) }),
    ];
    const read = await parcelSeason(await season('holes', items), parcels, 1, { index: 'ndvi' });
    assert.deepEqual(
      read.points.map(({ itemId, n }) => [itemId, n]),
      [
        ['fine', 50],
        ['good', 50],
      ],
    );
    assert.deepEqual(
      read.problems?.map(({ item }) => item),
      ['gone', 'broken'],
    );
    assert.match(read.problems?.[0]?.reason ?? '', /image\.tif/);
    const whole = await parcelSeason(await season('whole', items.slice(1, 2)), parcels, 1, { index: 'ndvi' });
    assert.ok(!('problems' in whole));
    await assert.rejects(
      parcelSeason(await season('none', [items[2] ?? '', items[0] ?? '']), parcels, 1, { index: 'ndvi' }),
      FileNotFound,
      'the first in time',
    );
    await assert.rejects(
      parcelSeason(await season('no-band', items.slice(1, 2)), parcels, 1, { index: 'ndre' }),
      BandNotFound,
    );
  });

  test('stops reading when it is cancelled, and when something fails that is no image', async () => {
    const [item] = await (await season('many', [await image('single', { nir: 3000 })])).items();
    assert.ok(item);
    const properties = { 'grid:code': 'MGRS-32TNT' };
    let touched = 0;
    const many = (onTouch: (at: number) => unknown): Collection => {
      touched = 0;
      const items = Array.from({ length: 60 }, (_, i): Item => {
        const datetime = new Date(i * 864e5).toISOString();
        return Object.defineProperty({ ...item, id: `copy-${i}`, properties, datetime }, 'bands', {
          get: () => {
            touched = Math.max(touched, i);
            onTouch(i);
            return item.bands;
          },
        });
      });
      return { items: () => Promise.resolve(items) } as unknown as Collection;
    };
    const read = (collection: Collection, signal?: AbortSignal) =>
      parcelSeason(collection, parcels, 1, { index: 'ndvi', signal });
    assert.equal((await read(many(() => undefined))).points.length, 60);
    const stop = new AbortController();
    await assert.rejects(
      read(
        many((at) => at === 8 && stop.abort()),
        stop.signal,
      ),
      Cancelled,
    );
    const mistake = (at: number) => {
      if (at === 8) throw new RangeError('a mistake in the program');
    };
    await assert.rejects(read(many(mistake)), RangeError);
    await setTimeout(400);
    assert.ok(touched < 30, `went on to image ${touched}`);
  });

  test('what could not be read is shown', async () => {
    const file = join(folder, 'fields.geojson');
    const [lower, upper] = [
      [
        [9, 46],
        [9.01, 46],
        [9.01, 46.01],
        [9, 46],
      ],
      [[9, 46]],
    ].map((coordinates, i) => ({
      type: 'Feature',
      properties: { pid: i + 1 },
      geometry: { type: 'Polygon', coordinates: [coordinates] },
    }));
    await writeFile(file, JSON.stringify({ type: 'FeatureCollection', features: [lower, upper] }));
    const fields = await findParcels(file);
    assert.equal(fields.problems.length, 1);
    assert.match(fields[displaySymbol]()['text/html'] ?? '', /rows left out<.*1: .*row 2/);
    assert.doesNotMatch(new Fields(parcels)[displaySymbol]()['text/html'] ?? '', /left out/);
    await writeFile(join(folder, 'torn.json'), '{');
    const torn = new Season(await season('torn-season', [await image('whole', { nir: 2 }), './torn.json']));
    assert.match(
      (await torn[displaySymbol]())['text/html'] ?? '',
      /images that could not be read<.*1: .*torn\.json is not JSON/,
    );
    await assert.rejects((await season('all-torn', ['./torn.json'])).items(), InvalidFile);
  });
});
