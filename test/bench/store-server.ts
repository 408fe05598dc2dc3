import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { postgresFolder } from '../store/scratch-postgres.ts';

const run = promisify(execFile);

export interface BenchServer {
  url(database: string): string;
  /** A shell command that restarts the server with none of its files' pages in the page cache. */
  readonly coldCommand: string;
  cold(): Promise<void>;
  sql(database: string, text: string): Promise<string>;
  stop(): Promise<void>;
}

/** The settings of the anchor's README; the rest is PostgreSQL's default, so commits reach the disk. */
const settings = [
  'port=54329',
  'shared_buffers=2GB',
  'effective_cache_size=8GB',
  'wal_compression=lz4',
  'random_page_cost=1.1',
  `listen_addresses=''`,
];

/** A server with the anchor's settings on a socket in a temporary folder. */
export async function startBenchServer(): Promise<BenchServer> {
  const bin = postgresFolder ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'furrow-store-bench-'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) {
    const { stdout } = await run('id', ['-u', 'postgres']);
    await chown(folder, Number(stdout), Number(stdout));
  }
  const data = join(folder, 'data');
  const wrapped = (command: string) =>
    asRoot ? `su postgres -s /bin/sh -c '${command.replaceAll("'", `'\\''`)}'` : command;
  const shell = async (command: string) => (await run('sh', ['-c', wrapped(command)], { cwd: '/' })).stdout;
  const options = [...settings, `unix_socket_directories='${folder}'`].map((one) => `-c ${one}`).join(' ');
  const start = `${bin}/pg_ctl -D ${data} -o "${options}" -l ${folder}/log -w start`;
  const halt = (mode: string) => `${bin}/pg_ctl -D ${data} -m ${mode} -w stop`;
  await shell(`${bin}/initdb -D ${data} -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync`);
  await shell(start);
  // posix_fadvise(DONTNEED) on every file of the cluster: no other program of the machine is slowed down.
  const drop = `find ${data} -type f -exec dd of={} oflag=nocache conv=notrunc,fdatasync count=0 status=none \\;`;
  const coldCommand = `${wrapped(halt('fast'))} && ${drop} && ${wrapped(start)} > /dev/null`;
  const address = (database: string) =>
    `postgres://postgres@/${database}?host=${encodeURIComponent(folder)}&port=54329`;
  return {
    url: address,
    coldCommand,
    cold: async () => void (await run('sh', ['-c', coldCommand], { cwd: '/' })),
    sql: async (database, text) =>
      (
        await run(
          'psql',
          [
            '-h',
            folder,
            '-p',
            '54329',
            '-U',
            'postgres',
            '-At',
            '-v',
            'ON_ERROR_STOP=1',
            '-d',
            database,
            '-c',
            text,
          ],
          { cwd: '/', maxBuffer: 2 ** 26 },
        )
      ).stdout.trim(),
    async stop() {
      await shell(halt('immediate'));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
