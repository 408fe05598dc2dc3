import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { request } from 'undici';
import { packageRoot } from '../../src/config.ts';
import type { S3Settings } from '../../src/storage/s3-source.ts';
import { signV4 } from '../../src/storage/sign-v4.ts';
import { SetupFailed } from './setup-failed.ts';

const credentials = { accessKeyId: 'furrow', secretAccessKey: 'furrow-secret' };

/** The S3 server versitygw, from the environment, the test environment or PATH; undefined where it is not installed. */
export function versitygw(): string | undefined {
  const places = [process.env.VERSITYGW, join(packageRoot(), '.venv-test', 'bin', 'versitygw')];
  for (const folder of (process.env.PATH ?? '').split(':')) places.push(join(folder, 'versitygw'));
  return places.find((place) => place !== undefined && existsSync(place));
}

/** The reason a test gives when it skips for want of the server. */
export const withoutVersitygw = 'the S3 server versitygw is absent (it needs Go): npm run setup:peers';

export interface S3Gateway extends AsyncDisposable {
  /** How to reach it with its keys. */
  readonly settings: S3Settings & { readonly endpoint: URL };
  makeBucket(bucket: string): Promise<void>;
  /** Puts an object; gives its ETag. */
  put(
    bucket: string,
    key: string,
    bytes: Uint8Array,
    headers?: Readonly<Record<string, string>>,
  ): Promise<string>;
}

export interface S3GatewayOptions {
  /** Further keys than the server's own can be made, and policies of buckets say what they open. */
  readonly users?: boolean | undefined;
}

/** Starts a real S3 server on a free port over a temporary folder. */
export async function startS3Gateway({ users = false }: S3GatewayOptions = {}): Promise<S3Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-s3-'));
  await mkdir(join(folder, 'root'));
  await mkdir(join(folder, 'side'));
  await mkdir(join(folder, 'users'));
  const port = await freePort();
  const keys = ['--access', credentials.accessKeyId, '--secret', credentials.secretAccessKey];
  const iam = users ? ['--iam-dir', join(folder, 'users')] : [];
  const place = ['posix', '--sidecar', join(folder, 'side'), join(folder, 'root')];
  const args = ['--port', `127.0.0.1:${port}`, ...keys, ...iam, '--quiet', ...place];
  const child = spawn(versitygw() ?? '', args, { stdio: 'ignore' });
  const endpoint = new URL(`http://127.0.0.1:${port}`);
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  for (let tried = 0; ; tried++) {
    const answered = await request(endpoint).catch(() => undefined);
    await answered?.body.dump();
    if (answered) break;
    if (tried === 100 || child.exitCode !== null) {
      await stop();
      throw new SetupFailed(`versitygw does not answer at ${endpoint}`);
    }
    await setTimeout(100);
  }
  const region = 'us-east-1';
  const send = async (
    path: string,
    body: Uint8Array = new Uint8Array(0),
    extra: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const url = new URL(path, endpoint);
    const payloadHash = createHash('sha256').update(body).digest('hex');
    const signing = { payloadHash, service: 's3', region, credentials, date: new Date() };
    const headers = signV4({ method: 'PUT', url, headers: extra, ...signing });
    const answer = await request(url, { method: 'PUT', headers, body: Buffer.from(body) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new SetupFailed(`versitygw answers ${answer.statusCode}: ${text}`);
    return String(answer.headers.etag);
  };
  return {
    settings: { endpoint, region, credentials, virtualHosts: undefined, requesterPays: false },
    makeBucket: async (bucket) => void (await send(`/${bucket}`)),
    put: (bucket, key, bytes, headers) =>
      send(`/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`, bytes, headers),
    [Symbol.asyncDispose]: stop,
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
