import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled, StoreFailure } from '../../src/errors.ts';
import { onBothBackends } from './backends.ts';

onBothBackends((store) => {
  test('a query beside its own transaction is refused instead of waiting for itself', async () => {
    await assert.rejects(
      store().transaction(() => store().query('select 1')),
      StoreFailure,
    );
    assert.deepEqual(await store().query('select 1 as one'), [{ one: 1 }]);
  });

  test('a transaction is all or nothing, and what it throws comes out', async () => {
    const name = `rolled back ${process.pid}`;
    const insert = 'insert into furrow.dataset (name) values ($1)';
    const mine = new RangeError('mine');
    await assert.rejects(
      store().transaction(async (queryable) => {
        await queryable.query(insert, [name]);
        throw mine;
      }),
      RangeError,
    );
    await assert.rejects(
      store().transaction(async (queryable) => {
        await queryable.query(insert, [name]);
        await queryable.query(insert, [name]);
      }),
      (error) => error instanceof StoreFailure && error.message.includes('23505'),
    );
    assert.deepEqual(await store().query('select 1 from furrow.dataset where name = $1', [name]), []);
  });

  test('after many refused statements every answer still belongs to its question', async () => {
    for (let i = 1; i <= 100; i++) {
      const work = store().transaction(async (queryable) => {
        await queryable.query('select $1::int as number', [i]);
        await queryable.query('select 1 / ($1::int - $2::int) as number', [i, i]);
      });
      await assert.rejects(work, /division by zero/);
      await assert.rejects(store().query('select $1::int as number', ['no number']), StoreFailure);
      await assert.rejects(store().query('selec $1', [i]), StoreFailure);
      assert.deepEqual(await store().query('select $1::int as number', [i]), [{ number: i }]);
    }
  });

  test('a cancelled transaction changes nothing and leaves the store usable', async () => {
    const name = `cancelled ${process.pid}`;
    const controller = new AbortController();
    const work = store().transaction(
      async (queryable) => {
        await queryable.query('insert into furrow.dataset (name) values ($1)', [name]);
        controller.abort();
        await queryable.query('select 1');
      },
      { signal: controller.signal },
    );
    await assert.rejects(work, Cancelled);
    assert.deepEqual(await store().query('select 1 from furrow.dataset where name = $1', [name]), []);
    await assert.rejects(store().query('select 1', [], { signal: AbortSignal.abort() }), Cancelled);
  });

  test('whole numbers, days and times come as what they are; beyond 2^53 is an error', async () => {
    const [row] = await store().query(
      `select 9007199254740991::bigint as whole, date '2026-03-28' as day, timestamptz '2026-03-28 10:00+02' as time,
        '{"a": [1]}'::jsonb as json, null::int as nothing, '\\x00ff'::bytea as bytes`,
    );
    assert.deepEqual(row, {
      whole: 9007199254740991,
      day: '2026-03-28',
      time: new Date('2026-03-28T08:00:00Z'),
      json: { a: [1] },
      nothing: null,
      bytes: Buffer.from([0, 255]),
    });
    await assert.rejects(store().query('select 9007199254740993::bigint as whole'), StoreFailure);
  });

  test('values are bound, never pasted', async () => {
    const nasty = `'; drop schema furrow cascade; -- \\ $1 \u0000`.replace('\u0000', '');
    assert.deepEqual(await store().query('select $1::text as text', [nasty]), [{ text: nasty }]);
  });
});
