import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedDatabase } from './embedded-database.ts';
import {
  type EmbeddedPlace,
  embeddedPlace,
  makePlace,
  makeSocketFolder,
  type ServerState,
  socketPath,
  writeState,
} from './embedded-place.ts';
import { serveDatabase, type WireServer } from './wire-server.ts';

/*
 * The process of the embedded store: `embedded-process.ts DATA_DIR IDLE_MS`. Exit codes: 0 stopped in order, 75 another
 * process serves this folder, 1 failed (the reason stands in server.json and server.log).
 */
const [dataDir = '', idleText = '0'] = process.argv.slice(2);
const idleMs = Number(idleText);
const taken = 75;

/** The operating system frees this lock with the process, however it ends: there are no stale locks to detect. */
function lockPlace({ lock }: EmbeddedPlace): DatabaseSync | undefined {
  const database = new DatabaseSync(lock, { timeout: 0 });
  try {
    database.exec('pragma journal_mode = off; begin exclusive');
    return database;
  } catch {
    database.close();
    return undefined;
  }
}

async function openDatabase(
  place: EmbeddedPlace,
  say: (message: string, fraction: number) => Promise<void>,
): Promise<EmbeddedDatabase> {
  const fresh = !existsSync(place.complete);
  if (fresh) await rm(place.database, { recursive: true, force: true });
  await say(fresh ? 'creating the database (once, about ten seconds)' : 'opening the database', 0.1);
  const { openEmbeddedDatabase } = await import('./embedded-database.ts');
  const database = await openEmbeddedDatabase(place.database);
  if (fresh) {
    await say('adding PostGIS (once)', 0.6);
    await database.exec('create extension if not exists postgis; checkpoint');
    await writeFile(place.complete, '');
  }
  return database;
}

async function serve(): Promise<void> {
  const place = embeddedPlace(dataDir);
  await makePlace(place);
  const lock = lockPlace(place);
  if (lock === undefined) process.exit(taken);

  const socketFolder = await makeSocketFolder(place);
  const tell = (stage: ServerState['stage'], message: string, fraction: number) =>
    writeState(place, { pid: process.pid, socketFolder, stage, message, fraction });
  try {
    const asked = new AbortController();
    for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, () => asked.abort());
    const database = await openDatabase(place, (message, fraction) => tell('starting', message, fraction));
    const server = await serveDatabase(database, socketPath(socketFolder));
    do {
      await tell('ready', 'the store is open', 1);
      await untilIdle(server, asked.signal);
      await rm(place.state, { force: true });
      // A client may have come meanwhile: then the server stays.
    } while (!asked.signal.aborted && server.clients() > 0);
    await server.close();
    await database.close();
    await rm(socketFolder, { recursive: true, force: true });
  } catch (error) {
    console.error(error);
    await tell('failed', error instanceof Error ? error.message : String(error), 0);
    process.exit(1);
  }
  lock.close();
  process.exit(0);
}

/** Resolves when the process was asked to end, or no client was connected for `idleMs` (never when that is 0). */
async function untilIdle(server: WireServer, asked: AbortSignal): Promise<void> {
  let used = Date.now();
  while (!asked.aborted && (idleMs === 0 || Date.now() - used < idleMs)) {
    await delay(Math.min(1000, idleMs || 1000), undefined, { signal: asked }).catch(() => undefined);
    if (server.clients() > 0) used = Date.now();
  }
}

await serve();
