import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ByteWriter, ParquetWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { Cancelled, InvalidFile } from '../../src/errors.ts';
import { geoparquetFeatures } from '../../src/formats/geoparquet.ts';
import { writeWkb } from '../../src/geometry/wkb.ts';
import { memorySource } from '../../src/storage/memory-source.ts';
import type { ByteSource } from '../../src/storage/source.ts';

const wkb = writeWkb({
  type: 'Polygon',
  coordinates: [
    [
      [8, 47],
      [8.001, 47],
      [8.001, 47.001],
      [8, 47],
    ],
  ],
});
const columns = { geometry: { encoding: 'WKB', geometry_types: [] } };
const kvMetadata = [{ key: 'geo', value: JSON.stringify({ primary_column: 'geometry', columns }) }];

/** A file of `groups` row groups of `rows` parcels each, numbered through. */
function file(groups: number, rows: number): Uint8Array {
  const ids = Array.from({ length: groups * rows }, (_, i) => i);
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'id', data: ids, type: 'INT32' },
      { name: 'geometry', data: ids.map(() => wkb), type: 'BYTE_ARRAY' },
    ],
    rowGroupSize: rows,
    kvMetadata,
  });
  return new Uint8Array(buffer);
}

interface Remote extends ByteSource {
  /** Reads that were begun, and the most at a time. */
  readonly counts: { begun: number; most: number };
}

/** Bytes a round trip away; the reads from `fails` on are refused. */
function remote(bytes: Uint8Array, fails = Number.POSITIVE_INFINITY): Remote {
  const counts = { begun: 0, most: 0 };
  let open = 0;
  const source = memorySource(bytes);
  const read: ByteSource['read'] = async (range) => {
    if (++counts.begun > fails) throw new InvalidFile(`read ${counts.begun} is refused`);
    counts.most = Math.max(counts.most, ++open);
    await setTimeout(2);
    open -= 1;
    return source.read(range);
  };
  return { ...source, read, counts };
}

test('row groups are fetched several at a time, not all, and give their rows in order', async () => {
  const source = remote(file(60, 5));
  const { rows } = await geoparquetFeatures(source);
  assert.deepEqual(
    rows.map(({ attributes }) => attributes.id),
    Array.from({ length: 300 }, (_, i) => i),
  );
  const { most } = source.counts;
  assert.ok(most >= 6 && most <= 20, `${most} reads at a time`);
});

test('a read that fails ends the reading of the others', async () => {
  const source = remote(file(60, 5), 12);
  await assert.rejects(geoparquetFeatures(source), /read 13 is refused/);
  await setTimeout(20);
  assert.ok(source.counts.begun < 40, `${source.counts.begun} reads`);
});

test('a signal ends the reading between row groups', async () => {
  const source = remote(file(400, 1));
  const stop = new AbortController();
  const read: ByteSource['read'] = (range, options) => {
    if (source.counts.begun === 40) stop.abort();
    return source.read(range, options);
  };
  await assert.rejects(geoparquetFeatures({ ...source, read }, { signal: stop.signal }), Cancelled);
  assert.ok(source.counts.begun < 400, `${source.counts.begun} reads`);
});

test('thousands of row groups without rows take no time', async () => {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'geometry', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' },
    ],
    kvMetadata,
  });
  for (let i = 0; i < 20_000; i++)
    parquet.row_groups.push({ columns: [], total_byte_size: 0n, num_rows: 0n });
  await parquet.write({ columnData: [{ name: 'geometry', data: [wkb] }] });
  await parquet.finish();
  const begun = performance.now();
  const { rows } = await geoparquetFeatures(memorySource(new Uint8Array(writer.getBuffer())));
  assert.equal(rows.length, 1);
  const took = performance.now() - begun;
  assert.ok(took < 1500, `${took} ms`);
});
