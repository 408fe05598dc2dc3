import { PGlite } from '@electric-sql/pglite';
import { postgis } from '@electric-sql/pglite-postgis';
import type { WireDatabase } from './wire-server.ts';

/**
 * Planning a statement over signatures locks each month of each dataset with its indexes: with PostgreSQL's 64 there was no lock left
 * after some hundred months.
 */
const locks = 1024;

export interface EmbeddedDatabase extends WireDatabase {
  exec(sql: string): Promise<unknown>;
  /** Checkpoint and end; the files are complete afterwards. */
  close(): Promise<void>;
}

/**
 * Opens (or makes) the database in a folder, with PostGIS loadable. Loading this module takes a while: import it late.
 * A failure inside WebAssembly ends the process: nothing in its memory can be trusted then, and the files are as after
 * a crash, which is safe.
 */
export async function openEmbeddedDatabase(dataDir: string): Promise<EmbeddedDatabase> {
  const startParams = [...PGlite.defaultStartParams, '-c', `max_locks_per_transaction=${locks}`];
  const database = await PGlite.create({ dataDir, extensions: { postgis }, startParams });
  return {
    async answer(messages) {
      const parts: Uint8Array[] = [];
      try {
        await database.execProtocolRawStream(messages, {
          // A view of the database's memory, which the next statement overwrites.
          onRawData: (bytes) => void parts.push(bytes.slice()),
        });
      } catch (error) {
        console.error('the database failed', error);
        process.exit(1);
      }
      return Buffer.concat(parts);
    },
    inTransaction: () => database.isInTransaction(),
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  };
}
