import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled, InvalidArgument, StoreFailure } from '../../src/errors.ts';
import type { Queryable } from '../../src/store/store.ts';
import { arrayLength, eachTuple, elementAt, readInt8 } from '../../src/store/tuples.ts';
import { onBothBackends } from './backends.ts';

async function numbers(queryable: Queryable, count: number): Promise<number[]> {
  const found: number[] = [];
  const text = `select i::bigint * 3000000000 as far, case when i % 2 = 0 then array[i, -i]::int[] else '{}' end, null::text
    from generate_series(1, $1) i`;
  for await (const chunk of queryable.copyOut(text, [count]))
    eachTuple(chunk, 3, (tuple) => {
      const far = readInt8(tuple.view, tuple.at[0] ?? 0);
      const length = arrayLength(tuple, 1);
      assert.equal(tuple.bytes[2], -1);
      found.push(far / 3_000_000_000);
      assert.equal(length, (far / 3_000_000_000) % 2 === 0 ? 2 : 0);
      if (length === 2) assert.equal(tuple.view.getInt32(elementAt(tuple, 1, 1)), -far / 3_000_000_000);
    });
  return found;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

onBothBackends((store) => {
  test('rows are copied out in binary, none, few and more than fit one page or chunk', async () => {
    for (const count of [0, 1, 3, 4096, 20_001])
      assert.deepEqual(await numbers(store(), count), upTo(count), `${count}`);
  });

  test('inside a transaction it sees what the transaction wrote, and the connection goes on', async () => {
    await store().transaction(async (queryable) => {
      assert.deepEqual(await numbers(queryable, 5000), upTo(5000));
      assert.deepEqual(await queryable.query('select 1 as one'), [{ one: 1 }]);
      for await (const _ of queryable.copyOut('select generate_series(1, 50000)')) break;
      assert.deepEqual(await queryable.query('select 2 as two'), [{ two: 2 }]);
    });
  });

  test('who stops reading, is refused or cancels leaves a usable store', async () => {
    for await (const _ of store().copyOut('select generate_series(1, 3000000)')) break;
    const all = async (text: string, values: number[] = [], signal?: AbortSignal) => {
      for await (const _ of store().copyOut(text, values, { signal }));
    };
    await assert.rejects(all('select no_such_column'), StoreFailure);
    await assert.rejects(all('select 1 / (5000 - i) from generate_series(1, 9000) i'), /division by zero/);
    await assert.rejects(all('select $2::int', [1]), InvalidArgument);
    await assert.rejects(all('select 1', [], AbortSignal.abort()), Cancelled);
    assert.deepEqual(await numbers(store(), 10), upTo(10));
  });

  test('values are quoted, whatever they hold', async () => {
    const nasty = [`'; drop schema furrow cascade; --`, '\\', '"', '$1', '{', 'null', ''];
    const texts: string[] = [];
    const text = 'select u.t from unnest($1::text[]) with ordinality u(t, n) where $2::boolean order by n';
    for await (const chunk of store().copyOut(text, [nasty, true]))
      eachTuple(chunk, 1, ({ at, bytes }) => {
        texts.push(chunk.toString('utf8', at[0], (at[0] ?? 0) + (bytes[0] ?? 0)));
      });
    assert.deepEqual(texts, nasty);
    const refused = store().copyOut('select $1::bytea', [Buffer.from('a')]);
    await assert.rejects(async () => {
      for await (const _ of refused);
    }, InvalidArgument);
  });

  test('a prepared statement keeps its own text and values', async () => {
    for (let i = 0; i < 8; i++)
      for (const text of ['select $1::int + 1 as sum', 'select $1::int + 2 as sum'])
        assert.deepEqual(await store().query(text, [i], { prepare: true }), [
          { sum: i + Number(text.slice(17, 18)) },
        ]);
  });
});

test('a chunk that is not whole rows of that many fields is refused', () => {
  const row = Buffer.from('0001000000040000002a', 'hex');
  const seen: number[] = [];
  eachTuple(Buffer.concat([row, row]), 1, ({ view, at }) => seen.push(view.getInt32(at[0] ?? 0)));
  assert.deepEqual(seen, [42, 42]);
  for (const broken of [row.subarray(0, 9), row.subarray(0, 5), row.subarray(0, 1)])
    assert.throws(() => eachTuple(broken, 1, () => undefined), StoreFailure);
  assert.throws(() => eachTuple(row, 2, () => undefined), StoreFailure);
});
