import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../src/config.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import type { JobStatus } from '../../src/jobs/job.ts';
import { type Jobs, type OpenJobsOptions, openJobs } from '../../src/jobs/open-jobs.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { testStoreFolder } from '../store/embedded-test-store.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';

/** A store, a small season of its own, and jobs over both. */
export interface JobRoom extends AsyncDisposable {
  readonly config: Config;
  readonly store: Store;
  readonly folder: string;
  /** Opens jobs as a server would. Those that were opened before claim nothing more. */
  open(options?: Partial<OpenJobsOptions>): Promise<Jobs>;
}

async function roomOf(folder: string, place: Pick<Config, 'dataDir' | 'storeUrl'>): Promise<JobRoom> {
  const demo = await makeDemoSeason({ folder: join(folder, 'season'), size: 96, dates: 3 });
  const config: Config = { ...place, collections: new Map([['season', demo.collection]]) };
  const store = await openStore(config);
  const opened: Jobs[] = [];
  return {
    config,
    store,
    folder,
    open: async (options = {}) => {
      for (const before of opened.splice(0)) await before.close();
      const jobs = await openJobs({ store, config, slots: 2, ...options });
      opened.push(jobs);
      return jobs;
    },
    [Symbol.asyncDispose]: async () => {
      for (const jobs of opened) await jobs.close();
      await store.close();
    },
  };
}

/** Waits for an exclusive lock that ends with this process. */
function lockFile(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 600_000 });
  database.exec('pragma journal_mode = off; begin exclusive');
  return database;
}

/** Runs the same tests on the embedded store and on PostgreSQL, there as the service role. */
export function inJobRooms(tests: (room: () => JobRoom) => void): void {
  let room: JobRoom | undefined;
  const theRoom = (): JobRoom => {
    if (room === undefined) throw new RoomMissing('the room is not open');
    return room;
  };
  for (const kind of ['embedded', 'PostgreSQL'] as const)
    describe(kind, { skip: kind === 'PostgreSQL' ? (withoutPostgres ?? false) : false }, () => {
      let folder: string;
      let postgres: ScratchPostgres | undefined;
      let lock: DatabaseSync | undefined;
      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'furrow-jobs-'));
        process.env.FURROW_RESULTS = join(folder, 'results');
        // A store for tests of jobs alone, one file at a time: who shares a store shares its queue.
        const embedded = `${await testStoreFolder()}-jobs`;
        let place: Pick<Config, 'dataDir' | 'storeUrl'> = { dataDir: embedded, storeUrl: undefined };
        if (kind === 'embedded') lock = lockFile(`${embedded}.lock`);
        if (kind === 'PostgreSQL') {
          postgres = await startPostgres();
          const database = await postgres.createDatabase();
          await (
            await openStore({ ...place, storeUrl: postgres.url(database), collections: new Map() })
          ).close();
          await postgres.psql(database, 'alter role furrow_service login');
          place = { dataDir: folder, storeUrl: postgres.url(database, 'furrow_service') };
        }
        room = await roomOf(folder, place);
        await room.store.query('delete from furrow.job');
      });
      after(async () => {
        await room?.[Symbol.asyncDispose]();
        lock?.close();
        await postgres?.stop();
        await rm(folder, { recursive: true, force: true });
        delete process.env.FURROW_RESULTS;
      });
      tests(theRoom);
    });
}

/** Waits until a job of alice is in one of these states. */
export async function until(jobs: Jobs, id: string, ...wanted: JobStatus[]): Promise<JobStatus> {
  for (let waited = 0; waited < 1_200; waited++) {
    const { status } = await jobs.get({ name: 'alice' }, id);
    if (wanted.includes(status)) return status;
    await delay(50);
  }
  const lines = await jobs.logs({ name: 'alice' }, id);
  assert.fail(`the job is not ${wanted.join(' or ')}: ${JSON.stringify(lines)}`);
}

class RoomMissing extends Error {
  override readonly name = 'RoomMissing';
}
