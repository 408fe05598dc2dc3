import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { descendants } from '../../start/process-tree.ts';

const run = promisify(execFile);
const versions = ['18', '17', '16', '15'];

/** Where the programs of a PostgreSQL with PostGIS lie; undefined where there is none. */
export const postgresFolder = versions
  .map((version) => ({
    folder: `/usr/lib/postgresql/${version}/bin`,
    postgis: `/usr/share/postgresql/${version}/extension/postgis.control`,
  }))
  .find(({ folder, postgis }) => existsSync(join(folder, 'initdb')) && existsSync(postgis))?.folder;
const bin = postgresFolder;

/** Why tests of the PostgreSQL back end are skipped; undefined where it is installed. */
export const withoutPostgres =
  bin === undefined
    ? 'PostgreSQL with PostGIS is absent: apt-get install postgresql-15-postgis-3'
    : undefined;

export interface ScratchPostgres {
  /** The address of a database for a role; the superuser `postgres` when left out. */
  url(database: string, role?: string): string;
  /** A new empty database (or a copy of one) and its name. */
  createDatabase(template?: string): Promise<string>;
  psql(database: string, ...commands: string[]): Promise<string>;
  /** SIGKILL to the postmaster and all its children at once; resolves when none is left. `start` brings it back. */
  kill(): Promise<void>;
  /** Starts it again, recovering what a kill left; resolves when it lets connections in. */
  start(): Promise<void>;
  /** `pg_ctl stop` in that mode. */
  stop(): Promise<void>;
}

export interface ScratchOptions {
  /** Further settings, such as `fsync=on`. */
  readonly settings?: readonly string[] | undefined;
}

/** Starts a cluster of its own: on a socket only, in a temporary folder, as the user `postgres` when we are root. */
export async function startPostgres({ settings: own = [] }: ScratchOptions = {}): Promise<ScratchPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-pg-'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) {
    const { stdout } = await run('id', ['-u', 'postgres']);
    await chown(folder, Number(stdout), Number(stdout));
  }
  const command = (name: string, ...args: string[]) => {
    const program = join(bin ?? '', name);
    return asRoot
      ? run('su', ['postgres', '-s', '/bin/sh', '-c', [program, ...args].map(quoted).join(' ')], { cwd: '/' })
      : run(program, args);
  };
  const data = join(folder, 'data');
  await command(
    'initdb',
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  );
  const settings = ['fsync=off', "listen_addresses=''", `unix_socket_directories='${folder}'`, ...own]
    .map((setting) => `-c ${setting}`)
    .join(' ');
  const start = async () => {
    await command('pg_ctl', '-D', data, '-o', settings, '-l', join(folder, 'log'), '-w', 'start');
  };
  await start();
  const psql = async (database: string, ...commands: string[]) =>
    (
      await command(
        'psql',
        '-h',
        folder,
        '-U',
        'postgres',
        '-At',
        '-d',
        database,
        ...commands.flatMap((sql) => ['-c', sql]),
      )
    ).stdout;
  return {
    url: (database, role = 'postgres') =>
      `postgres://${role}@/${database}?host=${encodeURIComponent(folder)}`,
    async createDatabase(template = 'template0') {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await psql('postgres', `create database ${name} template ${template}`);
      return name;
    },
    psql,
    start,
    async kill() {
      const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
      const family = [Number(pid), ...(await descendants(Number(pid))).map((child) => child.pid)];
      // Others may have been born meanwhile; they end when they find their postmaster gone.
      for (const member of family) killed(member);
      const end = performance.now() + 20_000;
      for (;;) {
        const left = await stillThere(data, family);
        if (left.length === 0) break;
        if (performance.now() > end) throw new StillRunning(`processes ${left.join(', ')} do not end`);
        for (const member of left) killed(member);
        await pause(10);
      }
      // While nobody has fetched its exit code, a dead postmaster looks alive to the next one.
      await rm(join(data, 'postmaster.pid'), { force: true });
      await rm(join(folder, '.s.PGSQL.5432.lock'), { force: true });
    },
    async stop() {
      await command('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class StillRunning extends Error {
  override readonly name = 'StillRunning';
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Of the processes those that live, and whatever else works in that data folder: a new server waits for its shared memory. */
async function stillThere(data: string, family: readonly number[]): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const inside = await Promise.all(
    all.map(async (pid) => {
      const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      if (state === '' || /\) Z/.test(state)) return false;
      if (family.includes(pid)) return true;
      return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === data;
    }),
  );
  return all.filter((_, at) => inside[at]);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
