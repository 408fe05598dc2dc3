import { type ExecProtocolOptionsStream, PGlite } from '@electric-sql/pglite';
import { postgis } from '@electric-sql/pglite-postgis';
import { oneReadyForQuery } from './ready-for-query.ts';

/** A database behind a socket server, with two faults of that pair made good. */
class GuardedDatabase extends PGlite {
  /**
   * Ends the process when the database fails inside WebAssembly: nothing in its memory can be trusted then, and the
   * socket server would leave every other client waiting. The files are as after a crash, which is safe.
   */
  override async execProtocolRawStream(
    message: Uint8Array,
    options: ExecProtocolOptionsStream,
  ): Promise<void> {
    const parts: Uint8Array[] = [];
    try {
      await super.execProtocolRawStream(message, {
        ...options,
        // A view of the database's memory, which the next statement overwrites.
        onRawData: (bytes) => void parts.push(bytes.slice()),
      });
    } catch (error) {
      console.error('the database failed', error);
      process.exit(1);
    }
    for (const part of oneReadyForQuery(message[0] ?? 0, Buffer.concat(parts))) options.onRawData(part);
  }
}

/** Opens (or makes) the database in a folder, with PostGIS loadable. Loading this module takes a while: import it late. */
export async function openGuardedDatabase(dataDir: string): Promise<PGlite> {
  const database = new GuardedDatabase({ dataDir, extensions: { postgis } });
  await database.waitReady;
  return database;
}
