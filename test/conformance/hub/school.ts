import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../../src/config.ts';
import { makeDemoSeason } from '../../../src/demo/make-demo-season.ts';
import { type ScratchPostgres, startPostgres } from '../../store/scratch-postgres.ts';
import { type S3Gateway, startS3Gateway, versitygw } from '../../support/s3-gateway.ts';
import { SetupFailed } from '../../support/setup-failed.ts';

/** What a teacher has before the first lesson: a database with passwords, object storage with keys for each, and a published season. */
export interface School {
  /** Address of the database for the administrator; nobody else has it. */
  readonly administrator: string;
  readonly s3: S3Gateway;
  readonly season: string;
  readonly results: string;
  readonly dataset: string;
  /** Address of the collection. */
  readonly collection: string;
  /** The command that makes a user's keys, and the file it reads. */
  readonly keysCommand: readonly string[];
  readonly keysFile: string;
  /** Runs the built command line to its end and gives its output. */
  furrow(environment: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

const group = 'students';

/** Starts both, and publishes the demo season: rasters as objects, parcels and signatures in the store, granted to the students. */
export async function openSchool(folder: string, tell: (line: string) => void): Promise<School> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const postgres = await startPostgres({ settings: [await passwordsOnly(folder)] });
    undo.push(() => postgres.stop());
    const administrator = await administratorOf(postgres);
    const s3 = await startS3Gateway({ users: true });
    undo.push(async () => s3[Symbol.asyncDispose]());
    const [season, results, dataset] = ['season', 'results', 'course-2026'];
    for (const bucket of [season, results]) await s3.makeBucket(bucket);
    tell('the season is made and put into object storage');
    await publishRasters(join(folder, 'demo'), s3, season);
    const collection = `s3://${season}/demo/collection.json`;

    const keysFile = join(folder, 'storage-administrator.json');
    const { endpoint, credentials } = s3.settings;
    const known = { program: versitygw(), endpoint: endpoint.href, ...credentials, season, results };
    await writeFile(keysFile, JSON.stringify(known), { mode: 0o600 });
    const keysCommand = [process.execPath, join(import.meta.dirname, 'make-keys.ts'), keysFile];

    tell('the teacher measures the season and grants it to the students');
    const asAdministrator = { FURROW_STORE: administrator };
    await furrow(
      { ...asAdministrator, FURROW_SERVICE_PASSWORD: randomBytes(24).toString('hex') },
      'store',
      'prepare',
    );
    await furrow(asAdministrator, 'group', 'ensure', group);
    await furrow(asAdministrator, 'user', 'ensure', 'teacher');
    const { url } = JSON.parse(await furrow(asAdministrator, 'user', 'database', 'teacher', '--json')) as {
      url: string;
    };
    const asTeacher = {
      FURROW_STORE: url,
      FURROW_DATA: join(folder, 'teacher'),
      AWS_ENDPOINT_URL_S3: endpoint.href,
      AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
    };
    const parcels = join(folder, 'demo', `${dataset}.geojson`);
    await writeFile(parcels, await readFile(join(folder, 'demo', 'parcels.geojson')));
    await furrow(asTeacher, 'extract', collection, parcels, '--json');
    await furrow(asTeacher, 'grant', dataset, '--to', `group:${group}`, '--json');
    return { administrator, s3, season, results, dataset, collection, keysCommand, keysFile, furrow, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function furrow(environment: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(packageRoot(), 'dist', 'cli', 'main.js'), ...words], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((done) => child.on('close', done).on('error', () => done(127)));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new SetupFailed(`furrow ${words.join(' ')} ended with ${code}: ${err || out}`);
  return out;
}

/** The setting by which the server asks everybody but its own system user for a password. */
async function passwordsOnly(folder: string): Promise<string> {
  const place = join(folder, 'postgres');
  await mkdir(place, { mode: 0o755 });
  const file = join(place, 'pg_hba.conf');
  await writeFile(file, 'local all postgres peer\nlocal all all scram-sha-256\n', { mode: 0o644 });
  return `hba_file='${file}'`;
}

/** A role that may make roles, with a password; lets users of the machine reach the socket, which was in a folder of its own. */
async function administratorOf(postgres: ScratchPostgres): Promise<string> {
  const database = await postgres.createDatabase();
  const password = randomBytes(24).toString('hex');
  await postgres.psql(database, `create role administrator superuser login password '${password}'`);
  const url = new URL(postgres.url(database, 'administrator').replace('@/', '@localhost/'));
  const socket = url.searchParams.get('host') ?? '';
  await chmod(socket, 0o711);
  return postgres.url(database, 'administrator').replace('administrator@', `administrator:${password}@`);
}

async function publishRasters(folder: string, s3: S3Gateway, bucket: string): Promise<void> {
  await makeDemoSeason({ folder });
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of names) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    await s3.put(bucket, `demo/${relative(folder, file)}`, await readFile(file));
  }
}

/** Writes a file that belongs to a user. */
export async function writeAs(user: { readonly uid: number }, file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await chown(dirname(file), user.uid, user.uid);
  await writeFile(file, content);
  await chown(file, user.uid, user.uid);
}
