import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { againstSnapshot } from '../style/snapshot.ts';
import { onBothBackends } from './backends.ts';
import { dumpSchema } from './dump-schema.ts';

const file = join(packageRoot(), 'test', 'store', 'schema.snapshot.sql');

onBothBackends((store) => {
  test('the schema is as in its snapshot (UPDATE_SNAPSHOTS=1 writes it)', async () => {
    const { stored, actual } = againstSnapshot(file, await dumpSchema(store()));
    assert.equal(actual, stored);
  });

  test('every table, partitions included, has row-level security in force', async () => {
    const open = await store().query(
      `select relname from pg_class where relnamespace = 'furrow'::regnamespace and relkind in ('r', 'p')
        and not (relrowsecurity and relforcerowsecurity)`,
    );
    assert.deepEqual(open, []);
  });

  test('every view asks with the rights of its caller, and every function with those of its owner asks who calls', async () => {
    const views = await store().query<{ reloptions: string[] | null }>(
      `select reloptions from pg_class where relnamespace = 'furrow'::regnamespace and relkind = 'v'`,
    );
    assert.ok(views.length >= 3);
    assert.deepEqual(
      views.filter(({ reloptions }) => !reloptions?.includes('security_invoker=true')),
      [],
    );
    const definers = await store().query<{ name: string; asks: boolean; path: string[] | null }>(
      `select proname::text as name, prosrc like '%if not furrow.caller_may_write(dataset) then%' as asks, proconfig as path
        from pg_proc where pronamespace = 'furrow'::regnamespace and prosecdef order by proname`,
    );
    assert.deepEqual(
      definers.map(({ name }) => name),
      ['detach_month', 'ensure_layout', 'ensure_partitions', 'rewrite_month'],
    );
    for (const { name, asks, path } of definers) {
      assert.ok(asks, name);
      assert.ok(path?.includes('search_path=pg_catalog, pg_temp'), name);
    }
  });

  test('the service role owns nothing', async () => {
    const owned = await store().query(
      `select relname from pg_class where relnamespace = 'furrow'::regnamespace and pg_get_userbyid(relowner) <> 'furrow_owner'`,
    );
    assert.deepEqual(owned, []);
  });
});
