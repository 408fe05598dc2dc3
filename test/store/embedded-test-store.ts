import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/store/embedded-store.ts';
import { readMigrations } from '../../src/store/migrations.ts';
import type { Store } from '../../src/store/store.ts';

/** Ends by itself this long after the last test file let go of it. */
const idleMs = 5_000;

/**
 * An embedded store that all test files share, because making one takes ten seconds: kept in the temporary folder under
 * the checksums of the migrations, so that a changed migration starts afresh, and under the day, because it only grows. Tests
 * use dataset names of their own.
 */
export async function openTestStore(): Promise<Store> {
  return await openEmbeddedStore({ dataDir: await testStoreFolder(), idleMs });
}

export async function testStoreFolder(): Promise<string> {
  const checksums = (await readMigrations()).map(({ checksum }) => checksum).join();
  const key = createHash('sha256').update(checksums).digest('hex').slice(0, 12);
  const day = new Date().toISOString().slice(0, 10);
  const name = `furrow-test-store-${userInfo().username}-`;
  await removeOlder(name);
  return join(tmpdir(), `${name}${key}-${day}`);
}

/** Stores of the day before yesterday and older are nobody's any more. */
async function removeOlder(start: string): Promise<void> {
  const before = Date.now() - 2 * 86_400_000;
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(start)) continue;
    const folder = join(tmpdir(), name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
    if (mtimeMs < before) await rm(folder, { recursive: true, force: true });
  }
}
