import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Cancelled, StoreFailure, StoreUnavailable } from '../../src/errors.ts';
import { limit } from '../../src/limits.ts';
import { pooledStore } from '../../src/store/pooled-store.ts';
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

  test('a call that is cancelled while it waits for a connection ends then, and its connection is not lost', async () => {
    const held = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const holders = Array.from({ length: limit('storeConnections') }, () =>
      store().transaction(async () => {
        started.resolve();
        await held.promise;
      }),
    );
    await started.promise;
    const controller = new AbortController();
    const waiting = store().query('select 1', [], { signal: controller.signal });
    await delay(50);
    controller.abort();
    try {
      await assert.rejects(Promise.race([waiting, delay(5000, 'still waiting')]), Cancelled);
    } finally {
      held.resolve();
      await Promise.all(holders);
    }
    const all = holders.map(() => store().query('select 1 as one'));
    assert.deepEqual((await Promise.all(all)).flat().length, holders.length);
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

test('a server that lets nobody in is given up', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const pool = { host: '127.0.0.1', port, user: 'nobody', database: 'none' };
  const store = pooledStore({ kind: 'postgres', pool, connectMs: 200, identities: false });
  try {
    const query = store.query('select 1');
    await assert.rejects(Promise.race([query, delay(5000, 'still waiting')]), StoreUnavailable);
  } finally {
    await store.close();
    silent.close();
  }
});
