import { dumpSchema } from './dump-schema.ts';
import { openTestStore } from './embedded-test-store.ts';

/** The schema of an embedded store with all migrations, as in `schema.snapshot.sql`. */
export async function storeSchema(): Promise<string> {
  const store = await openTestStore();
  try {
    return await dumpSchema(store);
  } finally {
    await store.close();
  }
}
