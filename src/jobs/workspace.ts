import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { InvalidArgument, StorageFailure } from '../errors.ts';
import type { EncodedFile } from '../formats/encode-cube.ts';
import { checkLimit } from '../limits.ts';
import { setting } from '../settings.ts';
import { pathOf, schemeOf, splitS3 } from '../storage/address.ts';
import { allowBucket } from '../storage/egress.ts';
import { s3Requests } from '../storage/s3-requests.ts';
import { writeObject } from '../storage/write-object.ts';
import type { RunFiles } from './job.ts';

interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A file of a result as it lies in the workspace. */
export interface StoredFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Bytes that are hashed before others get their turn. */
const slice = 4 * 2 ** 20;

/** Where results of jobs lie: `OWNER/JOB/RUN/NAME` below a folder, or below a prefix of S3. */
export interface Workspace {
  /** The address of a file of a run, or of the run's folder. */
  address(owner: string, job: string, run: string, name?: string): string;
  /** Writes the files of a run that nobody sees yet. */
  write(
    owner: string,
    job: string,
    run: string,
    files: readonly EncodedFile[],
    options?: WriteOptions,
  ): Promise<StoredFile[]>;
  /** Deletes the files of runs. */
  removeRuns(owner: string, job: string, runs: readonly RunFiles[], options?: WriteOptions): Promise<void>;
  /** Deletes all of a job; `runs` are those that are known. */
  removeJob(owner: string, job: string, runs: readonly RunFiles[], options?: WriteOptions): Promise<void>;
}

/** Identities as names of folders: those that are no plain name become a digest. */
function folderOf(owner: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,62}$/.test(owner)) return owner;
  return `~${createHash('sha256').update(owner).digest('hex').slice(0, 40)}`;
}

function checkedName(name: string): string {
  if (!/^[\w][\w.-]{0,199}$/.test(name)) throw new InvalidArgument(`'${name}' is no name of a result's file`);
  return name;
}

/** The workspace that the settings name: `FURROW_RESULTS`, or `results` in the data folder. */
export function openWorkspace(config: Config): Workspace {
  const place = setting('results') ?? join(config.dataDir, 'results');
  const scheme = schemeOf(place);
  if (scheme !== 'file' && scheme !== 's3')
    throw new InvalidArgument(`FURROW_RESULTS is a folder or s3://bucket/prefix, not '${place}'`);
  if (scheme === 's3') allowBucket(splitS3(`${place.replace(/\/+$/, '')}/x`).bucket);
  const root = scheme === 's3' ? place.replace(/\/+$/, '') : resolve(pathOf(place));
  const jobAddress = (owner: string, job: string) => `${root}/${folderOf(owner)}/${checkedName(job)}`;
  const address: Workspace['address'] = (owner, job, run, name) =>
    `${jobAddress(owner, job)}/${checkedName(run)}${name === undefined ? '' : `/${checkedName(name)}`}`;

  return {
    address,
    async write(owner, job, run, files, { signal } = {}) {
      checkLimit(
        'resultBytes',
        files.reduce((sum, { bytes }) => sum + bytes.length, 0),
        `the result of job '${job}'`,
      );
      if (scheme === 'file') await makeFolder(root, address(owner, job, run));
      const stored: StoredFile[] = [];
      for (const { name, mediaType, bytes } of files) {
        const hash = createHash('sha256');
        const parts = async function* () {
          for (let at = 0; at < bytes.length || at === 0; at += slice) {
            const part = bytes.subarray(at, at + slice);
            hash.update(part);
            yield part;
          }
        };
        await writeObject(address(owner, job, run, name), parts(), { signal, trust: 'user' });
        stored.push({ name, mediaType, bytes: bytes.length, sha256: hash.digest('hex') });
      }
      return stored;
    },
    async removeRuns(owner, job, runs, { signal } = {}) {
      if (scheme === 'file') {
        for (const { run } of runs) await removeFolder(address(owner, job, run));
        return;
      }
      for (const { run, names } of runs)
        for (const name of names) {
          const send = s3Requests(address(owner, job, run, name), { signal });
          await send({ method: 'DELETE', may404: true });
        }
    },
    async removeJob(owner, job, runs, options = {}) {
      if (scheme === 'file') await removeFolder(jobAddress(owner, job));
      else await this.removeRuns(owner, job, runs, options);
    },
  };
}

/** Makes folders that only this user enters, from the root of the workspace down. */
async function makeFolder(root: string, folder: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StorageFailure(`${folder} cannot be made`, { cause });
  }
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (cause) {
    throw new StorageFailure(`${folder} cannot be deleted`, { cause });
  }
}
