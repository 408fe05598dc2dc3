import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { LimitExceeded } from '../../src/errors.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { writeWkb } from '../../src/geometry/wkb.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-nested-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const triangle = [
  [8, 47],
  [8.001, 47],
  [8.001, 47.001],
  [8, 47],
] as const;
const geometry = { type: 'Polygon' as const, coordinates: [[...triangle]] };

const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

/** A JSON text as attribute `deep` of one parcel in a file. */
const files: Readonly<Record<string, (deep: string) => Promise<string>>> = {
  geojson: async (deep) => {
    const path = join(folder, 'nested.geojson');
    const feature = `{"type":"Feature","properties":{"deep":${deep}},"geometry":${JSON.stringify(geometry)}}`;
    await writeFile(path, `{"type":"FeatureCollection","features":[${feature}]}`);
    return path;
  },
  parquet: async (deep) => {
    const path = join(folder, 'nested.parquet');
    const columns = { geometry: { encoding: 'WKB', geometry_types: [] } };
    const buffer = parquetWriteBuffer({
      schema: [
        { name: 'root', num_children: 2 },
        { name: 'deep', type: 'BYTE_ARRAY', converted_type: 'JSON', repetition_type: 'REQUIRED' },
        { name: 'geometry', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' },
      ],
      columnData: [
        { name: 'deep', data: [JSON.parse(deep)] },
        { name: 'geometry', data: [writeWkb(geometry)] },
      ],
      kvMetadata: [{ key: 'geo', value: JSON.stringify({ primary_column: 'geometry', columns }) }],
    });
    await writeFile(path, new Uint8Array(buffer));
    return path;
  },
};

for (const [format, write] of Object.entries(files))
  test(`${format}: an attribute that is nested without end is refused with its row and name`, async () => {
    const { parcels } = await readParcels(await write(nested(64)));
    assert.equal(JSON.stringify(parcels[0]?.attributes.deep), nested(64));
    // The writer of Parquet itself has no more stack.
    for (const depth of [65, format === 'parquet' ? 2000 : 100_000])
      await assert.rejects(
        readParcels(await write(nested(depth))),
        (error: unknown) =>
          error instanceof LimitExceeded && /row 1, 'deep': nesting.*limited to 64/.test(error.message),
      );
  });
