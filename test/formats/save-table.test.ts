import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  Cancelled,
  FormatUnsupported,
  InvalidArgument,
  LimitExceeded,
  Unsupported,
} from '../../src/errors.ts';
import type { ColumnBatch } from '../../src/formats/column-batch.ts';
import { saveTable } from '../../src/formats/save-table.ts';
import { shortSingle } from '../../src/formats/table-csv.ts';
import { rasterPeers } from '../support/raster-peers.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-table-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const odd = [Number.NaN, -0, 1 / 3, 3.4028234663852886e38, 1e-45, 16_777_216, Number.NEGATIVE_INFINITY, 0.1];
const texts = ['plain', 'a "quote", and\na line', '=HYPERLINK("x")', '-1+1', '', null, 'äöü 🌾', '@cmd'];

/** Two batches of four rows. */
function batches(): ColumnBatch[] {
  return [0, 4].map((at) => ({
    rows: 4,
    columns: [
      { name: 'pid', type: 'integer', values: Float64Array.from([1, 2, 3, 2 ** 53 - 1]).map((v) => v - at) },
      { name: 'n', type: 'integer', values: Int32Array.from([1, -1, 2 ** 31 - 1, at]) },
      { name: 'mean', type: 'float32', values: Float32Array.from(odd).slice(at, at + 4) },
      { name: 'exact', type: 'float64', values: Float64Array.from(odd).slice(at, at + 4) },
      { name: 'time', type: 'time', values: Float64Array.from([0, 1, 1e12, 1e12 + at]) },
      { name: 'label', type: 'text', values: texts.slice(at, at + 4) },
    ],
  }));
}

test('CSV escapes what would break out of a cell or run as a formula, and numbers come back exactly', async () => {
  const path = join(folder, 'table.csv');
  assert.equal(await saveTable(batches(), path), 8);
  const text = await readFile(path, 'utf8');
  assert.equal(text.split('\n')[0], 'pid,n,mean,exact,time,label');
  assert.match(text, /,"a ""quote"", and\na line"\n/);
  assert.match(text, /,"'=HYPERLINK\(""x""\)"\n/);
  assert.match(text, /,'-1\+1\n/);
  assert.match(text, /,'@cmd\n$/);
  assert.match(text, /^9007199254740991,0,3.4028235e\+38,3.4028234663852886e\+38,2001-09-09T01:46:40.000Z,/m);
  for (let i = 0; i < 20_000; i++) {
    const value = Math.fround((Math.random() - 0.5) * 10 ** (Math.random() * 60 - 30));
    assert.equal(Math.fround(Number(shortSingle(value))), value);
  }
  assert.equal(shortSingle(Math.fround(0.1)), '0.1');
});

const python = rasterPeers();

for (const extension of ['parquet', 'arrow', 'feather', 'arrows'])
  test(`pyarrow reads .${extension} as it was written`, { skip: python === undefined }, async () => {
    const path = join(folder, `table.${extension}`);
    assert.equal(await saveTable(batches(), path), 8);
    const script = `
import sys, json, numpy as np, pyarrow as pa, pyarrow.parquet as pq, pyarrow.ipc as ipc
path = sys.argv[1]
t = pq.read_table(path) if path.endswith('parquet') else ipc.open_stream(path).read_all() if path.endswith('arrows') else ipc.open_file(path).read_all()
print(json.dumps({
  'types': [str(f.type) for f in t.schema],
  'pid': t['pid'].to_pylist(), 'n': t['n'].to_pylist(),
  'mean': t['mean'].to_numpy().view(np.uint32).tolist(), 'exact': [str(v) for v in t['exact'].to_numpy().view(np.uint64)],
  'time': [v.isoformat() for v in t['time'].to_pylist()], 'label': t['label'].to_pylist()}))`;
    const read = JSON.parse(execFileSync(python ?? '', ['-c', script, path], { encoding: 'utf8' }));
    assert.deepEqual(read.types, ['int64', 'int32', 'float', 'double', 'timestamp[ms, tz=UTC]', 'string']);
    assert.deepEqual(read.pid, [1, 2, 3, 2 ** 53 - 1, -3, -2, -1, 2 ** 53 - 5]);
    assert.deepEqual(read.n, [1, -1, 2 ** 31 - 1, 0, 1, -1, 2 ** 31 - 1, 4]);
    assert.deepEqual(read.mean, [...new Uint32Array(Float32Array.from(odd).buffer)]);
    assert.deepEqual(read.exact, [...new BigUint64Array(Float64Array.from(odd).buffer)].map(String));
    assert.equal(read.time[2], '2001-09-09T01:46:40+00:00');
    assert.deepEqual(read.label, texts);
  });

test('a table without rows keeps its columns', { skip: python === undefined }, async () => {
  const none = batches()
    .slice(0, 1)
    .map(
      ({ columns }): ColumnBatch => ({
        rows: 0,
        columns: columns.map(
          (column) => ({ ...column, values: column.values.slice(0, 0) }) as (typeof columns)[number],
        ),
      }),
    );
  for (const extension of ['csv', 'parquet', 'arrow', 'arrows']) {
    const path = join(folder, `none.${extension}`);
    assert.equal(await saveTable(none, path), 0);
    const script = `
import sys, pyarrow.parquet as pq, pyarrow.ipc as ipc, pyarrow.csv as csv
p = sys.argv[1]
t = csv.read_csv(p) if p.endswith('csv') else pq.read_table(p) if p.endswith('parquet') else ipc.open_stream(p).read_all() if p.endswith('arrows') else ipc.open_file(p).read_all()
print(t.num_rows, ','.join(t.column_names))`;
    const read = execFileSync(python ?? '', ['-c', script, path], { encoding: 'utf8' });
    assert.equal(read.trim(), '0 pid,n,mean,exact,time,label', extension);
  }
});

test('an unknown extension and a remote place are refused, a cancelled or refused table leaves no file', async () => {
  await assert.rejects(saveTable(batches(), join(folder, 'table.xlsx')), FormatUnsupported);
  await assert.rejects(saveTable(batches(), 's3://bucket/table.csv'), Unsupported);
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  const cancelled = join(folder, 'cancelled.parquet');
  await assert.rejects(saveTable(batches(), cancelled, { signal: stop.signal, onProgress }), Cancelled);
  process.env.FURROW_MAX_TABLE_BYTES = '200';
  await assert.rejects(saveTable(batches(), join(folder, 'large.arrow')), LimitExceeded);
  delete process.env.FURROW_MAX_TABLE_BYTES;
  assert.deepEqual(
    (await readdir(folder)).filter((name) => /cancelled|large|part/.test(name)),
    [],
  );
});

test('a time that is none is refused with its column and row, and leaves no file; CSV leaves its cell empty', async () => {
  const times = (value: number): ColumnBatch[] =>
    [0, value].map((last) => ({
      rows: 2,
      columns: [{ name: 'seen', type: 'time', values: Float64Array.from([1e12, last]) }],
    }));
  const refused = (error: unknown): boolean =>
    error instanceof InvalidArgument && /column 'seen', row 4: .* is not a time/.test(error.message);
  for (const extension of ['parquet', 'arrow', 'arrows'])
    for (const value of [Number.NaN, 0.5, Number.POSITIVE_INFINITY, 9e15])
      await assert.rejects(saveTable(times(value), join(folder, `ill.${extension}`)), refused, `${value}`);
  await assert.rejects(saveTable(times(9e15), join(folder, 'ill.csv')), refused);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => /ill|part/.test(name)),
    [],
  );
  const path = join(folder, 'gap.csv');
  await saveTable(times(Number.NaN), path);
  assert.match(await readFile(path, 'utf8'), /:40\.000Z\n\n$/);
});

test('a whole number that is none is refused with its column and row', async () => {
  for (const value of [Number.NaN, 1.5, 2 ** 63]) {
    const values = Float64Array.from([7, value]);
    const batch: ColumnBatch = { rows: 2, columns: [{ name: 'pid', type: 'integer', values }] };
    for (const extension of ['parquet', 'arrow'])
      await assert.rejects(
        saveTable([batch], join(folder, `pid.${extension}`)),
        (error: unknown) =>
          error instanceof InvalidArgument &&
          /column 'pid', row 2: .* is not a whole number/.test(error.message),
      );
  }
});

test('the least and the greatest whole number that 64 bits hold are kept', {
  skip: python === undefined,
}, async () => {
  const values = Float64Array.from([-(2 ** 63), 2 ** 63 - 1024]);
  const batch: ColumnBatch = { rows: 2, columns: [{ name: 'pid', type: 'integer', values }] };
  const script = `
import sys, pyarrow.parquet as pq, pyarrow.ipc as ipc
p = sys.argv[1]
t = pq.read_table(p) if p.endswith('parquet') else ipc.open_file(p).read_all()
print(*t['pid'].to_pylist())`;
  for (const extension of ['parquet', 'arrow']) {
    const path = join(folder, `least.${extension}`);
    await saveTable([batch], path);
    const read = execFileSync(python ?? '', ['-c', script, path], { encoding: 'utf8' });
    assert.equal(read.trim(), '-9223372036854775808 9223372036854774784', extension);
  }
  values[0] = -(2 ** 63) - 2048;
  await assert.rejects(saveTable([batch], join(folder, 'less.arrow')), /is not a whole number of 64 bits/);
});
