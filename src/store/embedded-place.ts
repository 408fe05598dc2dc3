import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidFile } from '../errors.ts';

/** PostgreSQL clients derive the name of the socket from folder and port. */
export const port = 5432;
const socketName = `.s.PGSQL.${port}`;

/** sizeof(sockaddr_un.sun_path) is 104 on macOS and 108 on Linux, with the closing zero. */
const longestSocketPath = 103;

/** Where the embedded store of a data folder lies. Every folder is of mode 0700: who can enter it is the superuser. */
export interface EmbeddedPlace {
  readonly folder: string;
  readonly database: string;
  /** Stands when the database was made completely; without it a half-made one is thrown away. */
  readonly complete: string;
  readonly lock: string;
  readonly state: string;
  readonly log: string;
}

export function embeddedPlace(dataDir: string): EmbeddedPlace {
  const folder = join(dataDir, 'store');
  return {
    folder,
    database: join(folder, 'database'),
    complete: join(folder, 'complete'),
    lock: join(folder, 'lock'),
    state: join(folder, 'server.json'),
    log: join(folder, 'server.log'),
  };
}

/** What the server last said of itself. `socketFolder` is known as soon as it runs; `ready` once it listens. */
export interface ServerState {
  readonly pid: number;
  readonly socketFolder: string;
  readonly stage: 'starting' | 'ready' | 'failed';
  readonly message: string;
  readonly fraction: number;
}

export async function makePlace({ folder }: EmbeddedPlace): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** Replaces the state as a whole: readers never see a part of it. Only the holder of the lock writes it. */
export async function writeState(place: EmbeddedPlace, state: ServerState): Promise<void> {
  const temporary = `${place.state}.part`;
  await writeFile(temporary, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  await rename(temporary, place.state);
}

/** The server's last word, or undefined when no server ever ran here. Throws `InvalidFile` when the file is not ours. */
export async function readState(place: EmbeddedPlace): Promise<ServerState | undefined> {
  const text = await readFile(place.state, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as ServerState;
  } catch (error) {
    throw new InvalidFile(`${place.state} is not the JSON that the store's server writes: delete it`, {
      cause: error,
    });
  }
}

/**
 * A fresh folder of mode 0700 for the socket: in the data folder, or in the system's temporary folder where the path
 * would be longer than a socket's address may be.
 */
export async function makeSocketFolder(place: EmbeddedPlace): Promise<string> {
  const near = join(place.folder, 'socket');
  if (Buffer.byteLength(join(near, socketName)) > longestSocketPath)
    return await mkdtemp(join(tmpdir(), 'furrow-'));
  await rm(near, { recursive: true, force: true });
  await mkdir(near, { mode: 0o700 });
  return near;
}

export function socketPath(socketFolder: string): string {
  return join(socketFolder, socketName);
}
