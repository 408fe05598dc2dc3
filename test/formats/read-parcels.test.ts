import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { parquetMetadata } from 'hyparquet';
import {
  FileNotFound,
  FormatUnsupported,
  FurrowError,
  InvalidArgument,
  InvalidFile,
  LimitExceeded,
} from '../../src/errors.ts';
import { parcelsToGeoJson } from '../../src/formats/geojson-out.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import type { Position } from '../../src/geometry/polygon.ts';
import { writeWkb } from '../../src/geometry/wkb.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-parcels-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const square = (x: number, y: number, side = 0.001): Position[] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
];
const polygon = (x: number, y: number) => ({ type: 'Polygon' as const, coordinates: [square(x, y)] });

async function geojson(features: unknown[], more: object = {}): Promise<string> {
  const path = join(folder, 'fields.geojson');
  await writeFile(path, JSON.stringify({ type: 'FeatureCollection', features, ...more }));
  return path;
}

const feature = (properties: object | null, geometry: unknown = polygon(8, 47), id?: string | number) => ({
  type: 'Feature',
  properties,
  geometry,
  ...(id === undefined ? {} : { id }),
});

describe('parcels of real files', { skip: sharedData() === undefined && withoutSharedData }, () => {
  for (const [name, parcels, crs, label, crop] of [
    ['s2-l2a-swiss-wheat-2022', 29, 'EPSG:32632', 'Arenenberg-Broatefaeld', 'winter wheat'],
    ['s1s2-monthly-hesbaye-2021', 52, 'EPSG:32631', 'HES000', 'other'],
    ['s2-l1c-slovenia-2015-2017', 62, 'EPSG:32633', 'SI37649', 'grassland'],
  ] as const)
    test(`${name}: GeoPackage, GeoParquet and GeoJSON hold the same`, async () => {
      const file = (ending: string) => readParcels(sharedData('data', name, `parcels.${ending}`) as string);
      const [gpkg, parquet, json] = await Promise.all([file('gpkg'), file('parquet'), file('geojson')]);
      assert.equal(gpkg.parcels.length, parcels);
      assert.deepEqual([gpkg.crs, parquet.crs, json.crs], [crs, crs, 'OGC:CRS84']);
      assert.deepEqual(
        [gpkg.parcels[0]?.label, gpkg.parcels[0]?.crop, gpkg.parcels[0]?.pid],
        [label, crop, 1],
      );
      assert.deepEqual(
        gpkg.parcels.map(({ geometry }) => geometry),
        parquet.parcels.map(({ geometry }) => geometry),
      );
      for (const [i, parcel] of gpkg.parcels.entries()) {
        const other = json.parcels[i];
        assert.equal(other?.label, parcel.label);
        const { fid, ...attributes } = parcel.attributes;
        assert.deepEqual(attributes, parquet.parcels[i]?.attributes);
        assert.equal(fid, i + 1);
        // Stated hectares are rounded to four digits; UTM differs from the ellipsoid by its scale.
        assert.ok(Math.abs(parcel.area - Number(attributes.area_ha)) < 6e-5, parcel.label);
        assert.ok(Math.abs((other?.area ?? 0) / parcel.area - 1) < 2e-3, parcel.label);
        const [x, y] = firstVertex(transformArea(parcel.geometry, crs, 'OGC:CRS84'));
        const [u, v] = firstVertex(other?.geometry);
        assert.ok(Math.abs(x - u) < 1e-7 && Math.abs(y - v) < 1e-7, parcel.label);
      }
    });
});

function firstVertex(geometry: unknown): [number, number] {
  return ((geometry as { coordinates: number[][][] }).coordinates[0]?.[0] ?? [NaN, NaN]) as [number, number];
}

describe('parcels of GeoJSON', () => {
  test('take pid, label and crop from the attributes that have them', async () => {
    const path = await geojson([
      feature({ PID: 7, Name: 'North', Crop_Name: 'maize' }, polygon(8, 47), 'x'),
      feature(
        { pid: 3, id: 12 },
        { type: 'MultiPolygon', coordinates: [[square(8, 47)], [square(8.1, 47)]] },
      ),
    ]);
    const { name, crs, parcels, problems } = await readParcels(path);
    assert.deepEqual([name, crs, problems], ['fields', 'OGC:CRS84', []]);
    assert.deepEqual(
      parcels.map(({ pid, label, crop }) => [pid, label, crop]),
      [
        [7, 'North', 'maize'],
        [3, '12', undefined],
      ],
    );
    assert.ok(Math.abs((parcels[1]?.area ?? 0) / 2 / (parcels[0]?.area ?? 1) - 1) < 1e-9);
    assert.ok(Math.abs((parcels[0]?.area ?? 0) - 0.8453) < 0.002);
  });

  test('are numbered by row where pid is missing, repeated or no whole number', async () => {
    for (const pids of [
      [1, 1],
      [1, undefined],
      [1, 2.5],
      [1, -1],
      ['1', '2'],
    ]) {
      const path = await geojson(pids.map((pid) => feature({ pid }, polygon(8, 47), `f${pid}`)));
      const { parcels } = await readParcels(path);
      assert.deepEqual(
        parcels.map(({ pid }) => pid),
        [1, 2],
      );
      assert.equal(parcels[0]?.label, `f${pids[0]}`);
    }
  });

  test('that are broken are left out with their row, or refuse the file when strict', async () => {
    const path = await geojson([
      feature({}, { type: 'Point', coordinates: [8, 47] }),
      feature(null),
      feature(
        {},
        {
          type: 'Polygon',
          coordinates: [
            [
              [8, 47],
              [9, 47],
              [9, 48],
              [8, 48],
            ],
          ],
        },
      ),
      feature({}, null),
    ]);
    const { parcels, problems } = await readParcels(path);
    assert.deepEqual(
      parcels.map(({ pid }) => pid),
      [2],
    );
    assert.deepEqual(
      problems.map(({ row }) => row),
      [1, 3, 4],
    );
    assert.match(problems[0]?.reason ?? '', /row 1: .*Point/);
    await assert.rejects(readParcels(path, { strict: true }), /3 rows.*row 1/);
  });

  test('that hold only points, nothing, or no GeoJSON are refused', async () => {
    await assert.rejects(
      readParcels(await geojson([feature({}, { type: 'Point', coordinates: [8, 47] })])),
      /Point/,
    );
    await assert.rejects(readParcels(await geojson([])), InvalidFile);
    const bad = join(folder, 'bad.geojson');
    for (const text of ['{', '{"a":1}', '{"type":"FeatureCollection","features":7}']) {
      await writeFile(bad, text);
      await assert.rejects(readParcels(bad), InvalidFile, text);
    }
    await writeFile(bad, 'pid,geom\n');
    await assert.rejects(readParcels(bad), FormatUnsupported);
    await writeFile(bad, '');
    await assert.rejects(readParcels(bad), FormatUnsupported);
    await assert.rejects(readParcels(join(folder, 'none.geojson')), FileNotFound);
  });

  test('of the old kind keep the CRS they name, and a bare geometry is one parcel', async () => {
    const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32632' } };
    const ring = square(500_000, 5_200_000, 100);
    const old = await readParcels(
      await geojson([feature({}, { type: 'Polygon', coordinates: [ring] })], { crs }),
    );
    assert.deepEqual([old.crs, old.parcels[0]?.area], ['EPSG:32632', 1]);
    const bare = join(folder, 'bare.json');
    await writeFile(bare, JSON.stringify(polygon(8, 47)));
    assert.equal((await readParcels(bare)).parcels.length, 1);
  });

  test('come back from what we write', async () => {
    const first = await readParcels(
      await geojson([feature({ pid: 5, name: 'A', crop: 'rye', soil: 'loam' })]),
    );
    const written = parcelsToGeoJson(first);
    const path = join(folder, 'written.geojson');
    await writeFile(path, JSON.stringify(written));
    const [parcel] = (await readParcels(path)).parcels;
    assert.deepEqual({ ...parcel, attributes: {} }, { ...first.parcels[0], attributes: {} });
    assert.equal(parcel?.attributes.soil, 'loam');
    const clockwise = {
      ...first,
      parcels: first.parcels.map((one) => ({
        ...one,
        geometry: { type: 'Polygon' as const, coordinates: [square(8, 47).reverse()] },
      })),
    };
    assert.deepEqual(parcelsToGeoJson(clockwise).features[0]?.geometry, {
      type: 'Polygon',
      coordinates: [square(8, 47).reverse().reverse()],
    });
  });
});

describe('parcels of GeoPackages', () => {
  function geopackage(name: string, layers: readonly string[]): string {
    const path = join(folder, name);
    const database = new DatabaseSync(path);
    database.exec(`create table gpkg_spatial_ref_sys (srs_id integer, organization text, organization_coordsys_id integer, definition text);
      insert into gpkg_spatial_ref_sys values (32632, 'EPSG', 32632, 'undefined');
      create table gpkg_geometry_columns (table_name text, column_name text, srs_id integer);`);
    for (const layer of layers) {
      const quoted = `"${layer.replaceAll('"', '""')}"`;
      database.exec(`create table ${quoted} (fid integer primary key, shape blob, pid integer, big integer)`);
      database.prepare('insert into gpkg_geometry_columns values (?, ?, 32632)').run(layer, 'shape');
      const header = Buffer.from([0x47, 0x50, 0, 1, 0, 0, 0, 0]);
      const wkb = writeWkb({ type: 'Polygon', coordinates: [square(500_000, 5_200_000, 100)] });
      const insert = database.prepare(`insert into ${quoted} values (?, ?, ?, ?)`);
      insert.run(1, Buffer.concat([header, wkb]), 40, 2n ** 60n);
      insert.run(2, null, 41, 5n);
    }
    database.close();
    return path;
  }

  test('with a hostile layer name and 64-bit numbers are read, rows without geometry listed', async () => {
    const { crs, parcels, problems } = await readParcels(
      geopackage('one.gpkg', ['fields"; drop table x; --']),
    );
    assert.equal(crs, 'EPSG:32632');
    assert.deepEqual(
      parcels.map(({ pid, area, attributes }) => [pid, area, attributes.big]),
      [[40, 1, String(2n ** 60n)]],
    );
    assert.deepEqual(
      problems.map(({ row }) => row),
      [2],
    );
  });

  test('with several layers need one to be named', async () => {
    const path = geopackage('two.gpkg', ['a', 'b']);
    await assert.rejects(
      readParcels(path),
      (error) => error instanceof InvalidArgument && /a, b/.test(error.message),
    );
    await assert.rejects(readParcels(path, { layer: 'c' }), InvalidArgument);
    assert.equal((await readParcels(path, { layer: 'b', name: 'mine' })).name, 'mine');
  });

  test('that are some other database, or cut off, are refused', async () => {
    const path = join(folder, 'other.gpkg');
    const database = new DatabaseSync(path);
    database.exec('create table t (a)');
    database.close();
    await assert.rejects(readParcels(path), InvalidFile);
  });
});

describe('damaged files', { skip: sharedData() === undefined && withoutSharedData }, () => {
  for (const ending of ['gpkg', 'parquet', 'geojson'])
    test(`${ending}: cut anywhere, or with bytes changed, read or refused by a typed error`, async () => {
      const bytes = await readFile(
        sharedData('data', 's1s2-monthly-hesbaye-2021', `parcels.${ending}`) as string,
      );
      const path = join(folder, `damaged.${ending}`);
      for (let i = 0; i < 40; i++) {
        const damaged =
          i % 2 === 0 ? bytes.subarray(0, Math.floor((bytes.length * i) / 40)) : Buffer.from(bytes);
        if (i % 2 === 1)
          for (let k = 0; k < 20; k++)
            damaged[(i * 7919 + k * 104_729) % bytes.length] = (i * 31 + k * 17) % 256;
        await writeFile(path, damaged);
        await readParcels(path).then(
          ({ parcels }) => assert.ok(parcels.length > 0),
          (error: unknown) => assert.ok(error instanceof FurrowError, String(error)),
        );
      }
    });
});

test('a GeoParquet page that claims to unpack beyond the limit is refused before it is', {
  skip: sharedData() === undefined && withoutSharedData,
}, async (context) => {
  const bytes = await readFile(sharedData('data', 's2-l1c-slovenia-2015-2017', 'parcels.parquet') as string);
  const { row_groups } = parquetMetadata(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  );
  const geometry = row_groups[0]?.columns.find(
    ({ meta_data }) => meta_data?.path_in_schema[0] === 'geometry',
  );
  const start = Number(geometry?.meta_data?.dictionary_page_offset ?? geometry?.meta_data?.data_page_offset);
  // A page header: field 1 (type) in two bytes, field 2 (unpacked length) as tag 0x15 and a zigzag number, here of 3 bytes.
  assert.deepEqual([bytes[start], bytes[start + 2]], [0x15, 0x15]);
  assert.ok(
    (bytes[start + 3] ?? 0) > 127 && (bytes[start + 4] ?? 0) > 127 && (bytes[start + 5] ?? 255) < 128,
  );
  bytes.set([0xfe, 0xff, 0x7f], start + 3);
  const path = join(folder, 'swollen.parquet');
  await writeFile(path, bytes);
  process.env.FURROW_MAX_READ_BYTES = '1000000';
  context.after(() => delete process.env.FURROW_MAX_READ_BYTES);
  await assert.rejects(readParcels(path), LimitExceeded);
});
