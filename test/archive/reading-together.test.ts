import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archivedRows } from '../../src/archive/archived-rows.ts';
import { readingTogether } from '../../src/archive/reading-together.ts';
import { Cancelled, InvalidFile } from '../../src/errors.ts';
import { openParquet } from '../../src/formats/parquet-columns.ts';
import { parquetOfTable } from '../../src/formats/table-parquet.ts';
import { allowHostOf } from '../../src/storage/egress.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { type RangeServer, rangeServer } from '../storage/range-server.ts';

const bytes = Uint8Array.from({ length: 400_000 }, (_, at) => (at * 7919) % 251);

async function opened(server: RangeServer, path: string) {
  allowHostOf(new URL(server.origin));
  const source = readingTogether(await openSource(`${server.origin}${path}`));
  server.ranges.length = 0;
  return source;
}

test('reads that begin side by side are one request, and each gets its own', async () => {
  await using server = await rangeServer({ '/a': bytes });
  const source = await opened(server, '/a');
  const ranges = [
    [{ offset: 100_000, length: 10 }],
    [],
    [
      { offset: 100_020, length: 5 },
      { offset: 101_000, length: 7 },
    ],
    [{ offset: 350_000, length: 9 }],
  ];
  const parts = await Promise.all(ranges.map((asked) => source.readMany(asked)));
  assert.equal(server.ranges.length, 2);
  for (const [at, asked] of ranges.entries())
    assert.deepEqual(
      parts[at]?.map((part) => [...part]),
      asked.map(({ offset, length }) => [...bytes.subarray(offset, offset + length)]),
    );
  await source.readMany([{ offset: 100_000, length: 10 }]);
  assert.equal(server.ranges.length, 3, 'a later read is a request of its own');
});

test('what one caller breaks off, or asks beyond the end, is not the other one’s', async () => {
  await using server = await rangeServer({ '/a': bytes });
  const source = await opened(server, '/a');
  const stop = new AbortController();
  const range = { offset: 200_000, length: 10 };
  const broken = source.readMany([range], { signal: stop.signal });
  const whole = source.readMany([range]);
  stop.abort();
  await assert.rejects(broken, Cancelled);
  assert.equal((await whole)[0]?.length, 10);
  await assert.rejects(source.readMany([{ offset: bytes.length + 1, length: 1 }]), InvalidFile);
  assert.equal((await source.readMany([range])).length, 1);
});

test('one band of all parcels, in many row groups, takes a few requests', async () => {
  const [groups, size] = [20, 2000];
  async function* batches() {
    for (let group = 0; group < groups; group++) {
      const pid = Float64Array.from({ length: size }, (_, row) => group * size + row);
      yield {
        rows: size,
        columns: [
          { name: 'pid', type: 'integer' as const, values: pid },
          { name: 'image_id', type: 'integer' as const, values: Int32Array.from(pid, (value) => value % 2) },
          { name: 'v', type: 'float32' as const, values: Float32Array.from(pid, Math.sin) },
        ],
      };
    }
  }
  const parts: Uint8Array[] = [];
  for await (const part of parquetOfTable(batches())) parts.push(part);
  await using server = await rangeServer({ '/t.parquet': Buffer.concat(parts) });
  const file = await openParquet(await opened(server, '/t.parquet'));
  server.ranges.length = 0;
  const rows = await archivedRows(file, { images: new Set([1]), values: ['v'] });
  assert.ok(server.ranges.length <= 2, `${server.ranges.length} requests`);
  const pids = rows.flatMap(({ pid }) => [...pid]);
  assert.deepEqual(
    pids,
    Array.from({ length: (groups * size) / 2 }, (_, at) => 2 * at + 1),
  );
  const values = rows.flatMap((one) => [...(one.values.get('v') ?? [])]);
  assert.deepEqual(values, [...Float32Array.from(pids, Math.sin)]);
});
