import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { InvalidFile } from '../../src/errors.ts';
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

const feature = (properties: string): string =>
  `{"type":"Feature","properties":${properties},"geometry":${JSON.stringify(geometry)}}`;

/** JSON texts as attribute `deep` of the parcels in a file. */
const files: Readonly<Record<string, (deep: readonly string[]) => Promise<string>>> = {
  geojson: async (deep) => {
    const path = join(folder, 'nested.geojson');
    const features = deep.map((text) => feature(`{"deep":${text}}`));
    await writeFile(path, `{"type":"FeatureCollection","features":[${features.join()}]}`);
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
        { name: 'deep', data: deep.map((text) => JSON.parse(text)) },
        { name: 'geometry', data: deep.map(() => writeWkb(geometry)) },
      ],
      kvMetadata: [{ key: 'geo', value: JSON.stringify({ primary_column: 'geometry', columns }) }],
    });
    await writeFile(path, new Uint8Array(buffer));
    return path;
  },
};

for (const [format, write] of Object.entries(files))
  test(`${format}: a row with an attribute that is nested without end is left out, named with its attribute`, async () => {
    // The writer of Parquet itself has no more stack.
    for (const depth of [65, format === 'parquet' ? 2000 : 100_000]) {
      const path = await write([nested(64), nested(depth), '1']);
      const { parcels, problems } = await readParcels(path);
      assert.deepEqual(
        parcels.map(({ pid, attributes }) => [pid, JSON.stringify(attributes.deep)]),
        [
          [1, nested(64)],
          [3, '1'],
        ],
      );
      assert.equal(problems.length, 1);
      assert.equal(problems[0]?.row, 2);
      assert.match(problems[0]?.reason ?? '', /row 2, 'deep': nesting.*limited to 64/);
      await assert.rejects(readParcels(path, { strict: true }), InvalidFile);
    }
    await assert.rejects(readParcels(await write([nested(65)])), /row 1, 'deep': nesting/);
  });

const collection = (...lists: readonly string[]): string =>
  `{"type":"FeatureCollection",${lists.map((list) => `"features":[${list}]`).join()}}`;

test('an attribute that no parcel has may be nested as it likes', async () => {
  const deep = feature(`{"a":${nested(100_000)}}`);
  const plain = feature('{"a":1}');
  for (const text of [
    `${plain.slice(0, -1)},"features":[${deep}]}`,
    `${plain.slice(0, -1)},"foreign":${nested(100_000)}}`,
    collection(deep, plain),
  ]) {
    const path = join(folder, 'foreign.geojson');
    await writeFile(path, text);
    const { parcels, problems } = await readParcels(path);
    assert.deepEqual([parcels.map(({ attributes }) => attributes), problems], [[{ a: 1 }], []]);
  }
});

test('what is nested without end numbers no parcels', async () => {
  const path = join(folder, 'pid.geojson');
  await writeFile(path, collection(`${feature('{"pid":7}')},${feature(`{"pid":${nested(100_000)}}`)}`));
  const { parcels, problems, notes } = await readParcels(path);
  assert.deepEqual([parcels.map(({ pid }) => pid), problems.map(({ row }) => row)], [[1], [2]]);
  assert.match(JSON.stringify(notes), /a list or object is not a whole number/);
});
