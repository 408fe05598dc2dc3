import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { Cancelled } from '../../src/errors.ts';
import { dbfOfColumns } from '../../src/formats/dbf-out.ts';
import type { FeatureTable } from '../../src/formats/feature-row.ts';
import { geojsonFeatures } from '../../src/formats/geojson-in.ts';
import { geopackageFeatures } from '../../src/formats/geopackage.ts';
import { geoparquetFeatures } from '../../src/formats/geoparquet.ts';
import { parcelsOf } from '../../src/formats/parcels-of-rows.ts';
import { shapefileFeatures } from '../../src/formats/shapefile.ts';
import type { Area } from '../../src/geometry/polygon.ts';
import { writeWkb } from '../../src/geometry/wkb.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import type { ByteSource } from '../../src/storage/source.ts';

const rows = 200_000;
const area: Area = {
  type: 'Polygon',
  coordinates: [
    [
      [8, 47],
      [8.001, 47],
      [8.001, 47.001],
      [8, 47],
    ],
  ],
};
const wkb = writeWkb(area);
const numbers = Array.from({ length: rows }, (_, i) => i);
const labels = numbers.map((i) => `field ${i}`);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-country-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** The parts of a shapefile of one triangle, `rows` times. */
function shapefileParts(): Parameters<typeof shapefileFeatures>[0] {
  const content = 48 + 4 * 16;
  const shp = Buffer.alloc(100 + rows * (8 + content));
  shp.writeInt32BE(9994, 0);
  shp.writeInt32BE(shp.length / 2, 24);
  const record = Buffer.alloc(8 + content);
  record.writeInt32BE(content / 2, 4);
  record.writeInt32LE(5, 8);
  record.writeInt32LE(1, 44);
  record.writeInt32LE(4, 48);
  for (let i = 0; i < rows; i++) shp.set(record, 100 + i * record.length);
  const columns = [
    { name: 'id', type: 'integer' as const, values: numbers },
    { name: 'label', type: 'text' as const, values: labels },
  ];
  return { shp, dbf: dbfOfColumns(columns, rows), prj: undefined, cpg: 'UTF-8' };
}

function geopackage(): string {
  const path = join(folder, 'country.gpkg');
  const database = new DatabaseSync(path);
  database.exec(`
    create table gpkg_spatial_ref_sys (srs_id integer, organization text, organization_coordsys_id integer, definition text);
    insert into gpkg_spatial_ref_sys values (4326, 'EPSG', 4326, '');
    create table gpkg_geometry_columns (table_name text, column_name text, srs_id integer);
    insert into gpkg_geometry_columns values ('country', 'geom', 4326);
    create table country (label text, geom blob);
    begin`);
  const insert = database.prepare('insert into country values (?, ?)');
  const blob = Buffer.concat([Buffer.from([0x47, 0x50, 0, 1, 0, 0, 0, 0]), wkb]);
  for (const label of labels) insert.run(label, blob);
  database.exec('commit');
  database.close();
  return path;
}

/** In memory, where no read tells of the signal. */
function geoparquet(): ByteSource {
  const geo = {
    version: '1.1.0',
    primary_column: 'geometry',
    columns: { geometry: { encoding: 'WKB', geometry_types: [] } },
  };
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'label', data: labels, type: 'STRING' },
      { name: 'geometry', data: labels.map(() => wkb), type: 'BYTE_ARRAY' },
    ],
    rowGroupSize: 50_000,
    kvMetadata: [{ key: 'geo', value: JSON.stringify(geo) }],
  });
  return memorySource(new Uint8Array(buffer));
}

/** Fires while the work runs, if that lets anything else happen. */
function soon(): AbortSignal {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 1);
  return stop.signal;
}

const stopped = (work: Promise<unknown>) => assert.rejects(work, Cancelled);

describe("a country's parcels: the signal ends the reading of", () => {
  test('a GeoPackage', async () => {
    const path = geopackage();
    await stopped(geopackageFeatures(path, undefined, { signal: soon() }));
    // The file is let go of.
    await rm(path);
  });

  test('a shapefile', async () => {
    const parts = shapefileParts();
    const crs = 'EPSG:4326';
    await stopped(shapefileFeatures(parts, 'country.shp', { crs, signal: soon() }));
    const { dbf: _, ...shapes } = parts;
    const { rows: all } = await shapefileFeatures({ ...shapes, dbf: undefined }, 'country.shp', { crs });
    assert.equal(all.length, rows);
  });

  test('a GeoParquet', async () => {
    const source = geoparquet();
    await stopped(geoparquetFeatures(source, { signal: soon() }));
    const { rows: all } = await geoparquetFeatures(source);
    assert.deepEqual([all.length, all.at(-1)?.attributes], [rows, { label: labels.at(-1) }]);
  });

  test('a GeoJSON', async () => {
    const feature = JSON.stringify({ type: 'Feature', properties: { farm: 'a' }, geometry: area });
    const list = `${`${feature},`.repeat(rows - 1)}${feature}`;
    const bytes = Buffer.from(`{"type":"FeatureCollection","features":[${list}]}`);
    await stopped(geojsonFeatures(bytes, 'country.geojson', { signal: soon() }));
  });

  test('what every format has checked, which tells how far it is', async () => {
    const table: FeatureTable = {
      crs: 'OGC:CRS84',
      rows: labels.map((label) => ({ geometry: () => area, attributes: { label } })),
    };
    await stopped(parcelsOf(table, 'country', { signal: soon() }));
    const told: number[] = [];
    const stop = new AbortController();
    const onProgress = (done: number, of: number): void => {
      assert.equal(of, rows);
      told.push(done);
      if (done > rows / 2) stop.abort();
    };
    await stopped(parcelsOf(table, 'country', { signal: stop.signal, onProgress }));
    assert.ok(told.length > 2 && (told.at(-1) ?? rows) < rows, told.join(' '));
  });
});
