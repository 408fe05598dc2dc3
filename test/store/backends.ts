import type { TestContext } from 'node:test';
import { after, before, describe } from 'node:test';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from './embedded-test-store.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

/** Runs the same tests on the embedded store and on PostgreSQL; `store()` is open while they run. */
export function onBothBackends(tests: (store: () => Store) => void): void {
  describe('embedded', () => {
    let store: Store;
    before(async () => {
      store = await openTestStore();
    });
    after(() => store?.close());
    tests(() => store);
  });
  onPostgres(tests);
}

/** Runs tests of what only PostgreSQL has: several transactions beside each other, processes that can be killed. */
export function onPostgres(tests: (store: () => Store) => void): void {
  describe('PostgreSQL', { skip: withoutPostgres ?? false }, () => {
    let postgres: ScratchPostgres;
    let store: Store;
    before(async () => {
      postgres = await startPostgres();
      store = await openPostgresStore(postgres.url(await postgres.createDatabase()));
    });
    after(async () => {
      await store?.close();
      await postgres?.stop();
    });
    tests(() => store);
  });
}

let names = 0;

/** A dataset name that no other test uses. */
export function freshName(context: TestContext): string {
  names++;
  return `${context.name} ${process.pid}-${Date.now()}-${names}`;
}
