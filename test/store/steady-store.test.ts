import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Cancelled, StoreFailure, StoreUnavailable } from '../../src/errors.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { steadily, steadyStore } from '../../src/store/steady-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

describe('work that is done steadily', () => {
  const lost = () => new StoreUnavailable('gone');

  test('is done again with its number until the store is back, and says each time that it is not', async () => {
    const attempts: number[] = [];
    const told: string[] = [];
    const answer = await steadily(
      async (attempt) => {
        attempts.push(attempt);
        if (attempt < 3) throw lost();
        return 'answer';
      },
      { onLost: (error) => told.push(error.message) },
    );
    assert.equal(answer, 'answer');
    assert.deepEqual(attempts, [0, 1, 2, 3]);
    assert.deepEqual(told, ['gone', 'gone', 'gone']);
  });

  test('fails with the last failure when the patience is over, at once with any other error', async () => {
    let attempts = 0;
    const work = async () => {
      attempts++;
      throw lost();
    };
    await assert.rejects(steadily(work, { patienceMs: 250 }), StoreUnavailable);
    assert.ok(attempts > 1 && attempts < 6, `${attempts} attempts`);
    attempts = 0;
    const refused = async () => {
      attempts++;
      throw new StoreFailure('no');
    };
    await assert.rejects(steadily(refused), StoreFailure);
    assert.equal(attempts, 1);
  });

  test('ends its waiting when it is cancelled', async () => {
    const signal = AbortSignal.timeout(50);
    const began = performance.now();
    const waiting = steadily(() => Promise.reject(lost()), { signal, patienceMs: 60_000 });
    await assert.rejects(waiting, Cancelled);
    assert.ok(performance.now() - began < 2000);
  });
});

describe('a steady store', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  let plain: Store;
  let url: string;
  before(async () => {
    postgres = await startPostgres();
    url = postgres.url(await postgres.createDatabase());
    plain = await openPostgresStore(url);
  });
  after(async () => {
    await plain?.close();
    await postgres?.stop();
  });

  test('outlives a PostgreSQL that is killed in a transaction, and what was committed stands once', async () => {
    const store = steadyStore(plain);
    let attempts = 0;
    await store.transaction(async (queryable) => {
      attempts++;
      await queryable.query(`insert into furrow.dataset (name) values ('steady')`);
      if (attempts === 1) {
        await postgres.kill();
        void postgres.start();
      }
      await queryable.query('select 1');
    });
    assert.equal(attempts, 2);
    assert.deepEqual(await store.query(`select count(*) as n from furrow.dataset where name = 'steady'`), [
      { n: 1 },
    ]);
  });

  test('does not wait for what no waiting mends', async () => {
    const strange = openPostgresStore(url.replace(/test_\w+/, 'nowhere'));
    await assert.rejects(
      steadily(() => strange),
      (error) => error instanceof StoreUnavailable && /nowhere/.test(error.message),
    );
  });
});
