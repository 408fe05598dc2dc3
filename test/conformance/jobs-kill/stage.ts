import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPasswords } from '../../../src/accounts/passwords.ts';
import { addAccount } from '../../../src/accounts/users.ts';
import { makeDemoSeason } from '../../../src/demo/make-demo-season.ts';
import { computeResult } from '../../../src/jobs/compute-result.ts';
import type { JsonObject } from '../../../src/jobs/job.ts';
import { openPublished } from '../../../src/jobs/published.ts';
import { openPostgresStore } from '../../../src/store/postgres-store.ts';
import { descendants } from '../../../start/process-tree.ts';
import { longLoop, meanNdvi } from '../../jobs/sample-graphs.ts';
import { type ScratchPostgres, startPostgres } from '../../store/scratch-postgres.ts';
import { type FurrowServer, startFurrow } from '../../support/furrow-server.ts';
import { type ArrivedFile, JobClient } from './client.ts';

export const slots = 5;

/** A graph with what it gives when nobody disturbs it; undefined for one that fails. */
export interface KnownGraph {
  readonly process: JsonObject;
  readonly files: readonly ArrivedFile[] | undefined;
}

/** A store, a season, and servers over both that come and go. */
export interface Stage extends AsyncDisposable {
  readonly kind: 'embedded' | 'PostgreSQL';
  readonly data: string;
  readonly postgres: ScratchPostgres | undefined;
  readonly graphs: readonly KnownGraph[];
  start(): Promise<FurrowServer>;
  /** The clients of all who have an account; of the one person where there are none. */
  clients(url: string): Promise<readonly JobClient[]>;
}

const password = 'kills nobody but servers';
const people = ['alice', 'bob'] as const;

export async function openStage(kind: Stage['kind']): Promise<Stage> {
  const data = await mkdtemp(join(tmpdir(), 'furrow-kill-'));
  const ends: (() => Promise<unknown>)[] = [() => rm(data, { recursive: true, force: true })];
  const dispose = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const season = await makeDemoSeason({ folder: join(data, 'season'), size: 96, dates: 3 });
    let environment: Record<string, string> = {};
    let postgres: ScratchPostgres | undefined;
    if (kind === 'PostgreSQL') {
      const cluster = await startPostgres({ settings: ['fsync=on'] });
      ends.push(() => cluster.stop());
      postgres = cluster;
      const database = await cluster.createDatabase();
      await (await openPostgresStore(cluster.url(database))).close();
      await cluster.psql(database, 'alter role furrow_service login');
      const url = cluster.url(database, 'furrow_service');
      const store = await openPostgresStore(url);
      for (const name of people)
        await addAccount(store, { name, password: await openPasswords().hash(password) });
      await store.close();
      environment = { FURROW_STORE: url, FURROW_ACCOUNTS: 'on' };
    }
    const collections = new Map([['season', season.collection]]);
    return {
      kind,
      data,
      postgres,
      graphs: await knownGraphs(collections),
      start: () =>
        startFurrow({
          data,
          environment: {
            ...environment,
            FURROW_COLLECTIONS: `season=${season.collection}`,
            FURROW_JOB_SLOTS: String(slots),
            FURROW_JOB_THREADS: '1',
            FURROW_RUNNERS: '1',
            FURROW_LOG: 'warn',
          },
        }),
      clients: async (url) =>
        kind === 'embedded'
          ? [new JobClient(undefined)]
          : await Promise.all(people.map((name) => JobClient.login(url, name, password))),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Graphs of several lengths, computed here without a server; and one that fails when it is run. */
async function knownGraphs(collections: ReadonlyMap<string, string>): Promise<KnownGraph[]> {
  const graphs = [meanNdvi, longLoop(900), longLoop(1_800), longLoop(2_700)];
  const known: KnownGraph[] = [];
  for (const process of graphs) {
    const { files } = await computeResult(process, {
      openCollection: openPublished({ collections }),
      threads: 0,
    });
    const arrived = files.map(({ name, bytes }) => ({
      name,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }));
    known.push({ process, files: arrived.sort((one, other) => one.name.localeCompare(other.name)) });
  }
  return [...known, { process: failing, files: undefined }];
}

/** Valid, and there is no image in that year. */
const failing: JsonObject = {
  process_graph: {
    load: {
      process_id: 'load_collection',
      arguments: {
        id: 'season',
        spatial_extent: null,
        temporal_extent: ['1990-01-01', '1991-01-01'],
        bands: ['red'],
      },
      result: true,
    },
  },
};

/** SIGKILL to a server and all its children at once, as when its machine or container ends. */
export async function killWhole(server: FurrowServer): Promise<void> {
  const family = await descendants(server.process.pid);
  for (const { pid } of [{ pid: server.process.pid }, ...family]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
  await server.kill();
}
