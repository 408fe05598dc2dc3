import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/store/embedded-store.ts';
import { readMigrations } from '../../src/store/migrations.ts';
import type { Store } from '../../src/store/store.ts';

/** Ends by itself this long after the last test file let go of it. */
const idleMs = 5_000;

/**
 * An embedded store that all test files share, because making one takes ten seconds: kept in the temporary folder under
 * the checksums of the migrations, so that a changed migration starts afresh. Tests use dataset names of their own.
 */
export async function openTestStore(): Promise<Store> {
  return await openEmbeddedStore({ dataDir: await testStoreFolder(), idleMs });
}

export async function testStoreFolder(): Promise<string> {
  const checksums = (await readMigrations()).map(({ checksum }) => checksum).join();
  const key = createHash('sha256').update(checksums).digest('hex').slice(0, 12);
  return join(tmpdir(), `furrow-test-store-${userInfo().username}-${key}`);
}
