import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const versions = ['18', '17', '16', '15'];
const bin = versions
  .map((version) => ({
    folder: `/usr/lib/postgresql/${version}/bin`,
    postgis: `/usr/share/postgresql/${version}/extension/postgis.control`,
  }))
  .find(({ folder, postgis }) => existsSync(join(folder, 'initdb')) && existsSync(postgis))?.folder;

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
  /** `pg_ctl stop` in that mode. */
  stop(): Promise<void>;
}

/** Starts a cluster of its own: on a socket only, in a temporary folder, as the user `postgres` when we are root. */
export async function startPostgres(): Promise<ScratchPostgres> {
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
  const settings = `-c fsync=off -c listen_addresses='' -c unix_socket_directories='${folder}'`;
  await command('pg_ctl', '-D', data, '-o', settings, '-l', join(folder, 'log'), '-w', 'start');
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
    async stop() {
      await command('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
