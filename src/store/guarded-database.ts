import { PGlite } from '@electric-sql/pglite';
import { postgis } from '@electric-sql/pglite-postgis';

/**
 * A database that ends the process when it fails inside WebAssembly: nothing in its memory can be trusted then, and the
 * socket server would leave every other client waiting. The files are as after a crash, which is safe.
 */
class GuardedDatabase extends PGlite {
  override async execProtocolRawStream(...call: Parameters<PGlite['execProtocolRawStream']>): Promise<void> {
    try {
      await super.execProtocolRawStream(...call);
    } catch (error) {
      console.error('the database failed', error);
      process.exit(1);
    }
  }
}

/** Opens (or makes) the database in a folder, with PostGIS loadable. Loading this module takes a while: import it late. */
export async function openGuardedDatabase(dataDir: string): Promise<PGlite> {
  const database = new GuardedDatabase({ dataDir, extensions: { postgis } });
  await database.waitReady;
  return database;
}
