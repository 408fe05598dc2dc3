import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Cancelled, LimitExceeded } from '../../src/errors.ts';
import { dbfOfColumns } from '../../src/formats/dbf-out.ts';
import { geopackageOfParcels } from '../../src/formats/geopackage-out.ts';
import { saveParcelsFile } from '../../src/formats/save-parcels-file.ts';
import type { Area } from '../../src/geometry/polygon.ts';
import type { ParcelSet } from '../../src/parcels/parcel.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-write-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const geometry: Area = {
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

function parcels(count: number, attributes: (i: number) => Record<string, unknown>): ParcelSet {
  const list = Array.from({ length: count }, (_, i) => ({
    pid: i + 1,
    label: `field ${i + 1}`,
    crop: undefined,
    area: 1,
    geometry,
    attributes: attributes(i),
  }));
  return { name: 'many', crs: 'OGC:CRS84', parcels: list };
}

test('parcels with an attribute of their own each are no table beyond the limit', async (context) => {
  process.env.FURROW_MAX_TABLE_BYTES = '4000000';
  context.after(() => delete process.env.FURROW_MAX_TABLE_BYTES);
  const ragged = parcels(1000, (i) => ({ [`own ${i}`]: i }));
  for (const ending of ['gpkg', 'parquet', 'zip'])
    await assert.rejects(
      saveParcelsFile(ragged, join(folder, `ragged.${ending}`)),
      (error: unknown) =>
        error instanceof LimitExceeded &&
        /\d+ attributes of the 1000 parcels of 'many': .*limited to 4000000/.test(error.message),
    );
  await saveParcelsFile(
    parcels(1000, (i) => ({ [`own ${i % 400}`]: i })),
    join(folder, 'ragged.parquet'),
  );
});

test('a .dbf beyond 2 GB is refused before it is made', () => {
  const rows = 33_500;
  const values = Array.from({ length: rows }, (_, i) => (i === 0 ? 'x'.repeat(300) : null));
  const columns = Array.from({ length: 255 }, (_, i) => ({ name: `c${i}`, type: 'text' as const, values }));
  assert.throws(
    () => dbfOfColumns(columns, rows),
    (error: unknown) =>
      error instanceof LimitExceeded && /33500 rows of 64771 bytes in 255 columns/.test(error.message),
  );
});

test('a signal that fires while a GeoPackage is written ends it, and nothing stays behind', async (context) => {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = await mkdtemp(join(folder, 'temporary-'));
  context.after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  const many = parcels(100_000, (i) => ({ farm: i }));
  const stop = new AbortController();
  let made: string[] = [];
  const timer = setInterval(async () => {
    made = await readdir(tmpdir());
    if (made.length > 0) stop.abort();
  }, 5);
  context.after(() => clearInterval(timer));
  await assert.rejects(geopackageOfParcels(many, { signal: stop.signal }), Cancelled);
  assert.match(made.join(), /^furrow-gpkg-/);
  assert.deepEqual(await readdir(tmpdir()), []);
});
