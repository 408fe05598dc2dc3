import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { InvalidArgument, StoreFailure } from '../../src/errors.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import type { Store } from '../../src/store/store.ts';
import { storeFor } from '../../src/store/store-for.ts';
import { squareParcels } from './sample-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

describe('statements for one identity', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  let service: Store;
  const tenants = Array.from({ length: 10 }, (_, i) => `tenant${i}`);
  const limit = process.env.FURROW_MAX_STORE_CONNECTIONS;

  before(async () => {
    postgres = await startPostgres();
    const database = await postgres.createDatabase();
    await (await openPostgresStore(postgres.url(database))).close();
    await postgres.psql(database, 'alter role furrow_service login');
    process.env.FURROW_MAX_STORE_CONNECTIONS = '3';
    service = await openPostgresStore(postgres.url(database, 'furrow_service'));
    for (const [i, name] of tenants.entries())
      await saveParcels(storeFor(service, name), squareParcels(`set of ${name}`, i + 1));
  });
  after(async () => {
    if (limit === undefined) delete process.env.FURROW_MAX_STORE_CONNECTIONS;
    else process.env.FURROW_MAX_STORE_CONNECTIONS = limit;
    await service?.close();
    await postgres?.stop();
  });

  const ask = (store: Store, prepare: boolean) =>
    store.query<{ name: string; parcels: number; who: string }>(
      `select d.name, count(p.pid) as parcels, furrow.identity() as who
        from furrow.dataset d join furrow.parcel p on p.dataset_id = d.id group by d.name`,
      [],
      { prepare },
    );

  test('tenants that share three connections see their own rows only, also after each other’s failures', async () => {
    let asked = 0;
    await Promise.all(
      tenants.flatMap((name, i) =>
        Array.from({ length: 40 }, async (_, turn) => {
          const store = storeFor(service, name);
          if (turn % 7 === 3)
            await assert.rejects(store.query('select 1 / $1::integer', [0], { prepare: turn % 2 === 1 }));
          if (turn % 7 === 5)
            await assert.rejects(store.query('select no_such_column', [], { prepare: true }));
          const rows = await ask(store, turn % 2 === 0);
          assert.deepEqual(rows, [{ name: `set of ${name}`, parcels: i + 1, who: name }]);
          asked++;
        }),
      ),
    );
    assert.equal(asked, 400);
  });

  test('the identity has ended when the connection goes back, after an answer and after a failure', async () => {
    const store = storeFor(service, 'tenant1');
    for (let i = 0; i < 12; i++) {
      if (i % 3 === 2) await assert.rejects(store.query('select 1 / $1::integer', [0]), StoreFailure);
      else await ask(store, true);
      const [row] = await service.query<{ who: string }>('select furrow.identity() as who');
      assert.equal(row?.who, 'furrow_service');
    }
  });

  test('rows as texts come for the identity too', async () => {
    const rows = await storeFor(service, 'tenant2').texts('select name, $1::text from furrow.dataset', ['x']);
    assert.deepEqual(rows, [['set of tenant2', 'x']]);
  });

  test('a statement and its identity are one transaction: a name that is a statement changes nothing', async () => {
    for (const name of [`x'; set furrow.identity = 'tenant1`, 'tenant1\\', '']) {
      assert.deepEqual(await ask(storeFor(service, name), true), []);
    }
  });

  test('inside a transaction another identity is refused, and so it is on a connection of somebody else', async () => {
    await assert.rejects(
      storeFor(service, 'tenant1').transaction((queryable) =>
        (queryable as Store).query('select 1', [], { identity: 'tenant2' }),
      ),
      StoreFailure,
    );
    const [{ current = '' } = {}] = await service.query<{ current: string }>(
      'select current_database() as current',
    );
    const admin = await openPostgresStore(postgres.url(current));
    await assert.rejects(admin.query('select 1', [], { identity: 'tenant1' }), InvalidArgument);
    await admin.close();
  });
});
