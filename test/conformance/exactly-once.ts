import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../src/demo/random.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';
import { Crew } from './exactly-once/crew.ts';
import { storedRows } from './exactly-once/stored-rows.ts';
import { type Stretch, takeovers } from './exactly-once/takeovers.ts';
import { makeUnits, type Units } from './exactly-once/units.ts';
import type { WorkerOrder } from './exactly-once/worker.ts';
import { quantile } from './quantile.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

const seed = 20260331;

/** A killed worker's image is with another one after this time at the latest. */
const takeoverLimitS = 15;

const crewSize = 4;

interface Scale {
  readonly units: number;
  readonly workerKills: number;
  readonly postgresKills: number;
  /** The default of the product where left out. */
  readonly leaseMs: number | undefined;
  /** From one kill to the next, roughly. */
  readonly betweenMs: number;
  readonly patienceMs: number;
}

const full: Scale = {
  units: 5000,
  workerKills: 100,
  postgresKills: 20,
  leaseMs: undefined,
  betweenMs: 2000,
  patienceMs: 900_000,
};
/** With a shorter lease, so that nobody waits long for the end. */
const small: Scale = {
  units: 200,
  workerKills: 6,
  postgresKills: 2,
  leaseMs: 4000,
  betweenMs: 800,
  patienceMs: 120_000,
};

/**
 * An extraction of many units by several worker processes on a PostgreSQL of its own, in which workers and the server are
 * killed (SIGKILL) over and over: no unit is missing, none is there twice, all rows equal those of an undisturbed run, and
 * a killed worker's unit is taken over in time.
 */
export async function exactlyOnce({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  if (withoutPostgres !== undefined)
    return suiteResult('exactly-once', [{ name: 'PostgreSQL', status: 'skipped', message: withoutPostgres }]);
  const scale = short ? small : full;
  const folder = await mkdtemp(join(tmpdir(), 'furrow-units-'));
  const postgres = await startPostgres({ settings: ['max_connections=60', 'fsync=on'] });
  try {
    const units = await makeUnits(folder, scale.units, seed);
    tell?.(`${scale.units} units are made`);
    const calm = await postgres.createDatabase();
    const undisturbed = await runCalmly(postgres, calm, units, scale);
    const expected = await storedRows(postgres.url(calm));
    tell?.(`the undisturbed run took ${Math.round(undisturbed)} s, ${expected.rows} rows`);
    const rough = await postgres.createDatabase();
    const run = await runRoughly(postgres, rough, units, scale, (line) => tell?.(line));
    const found = await storedRows(postgres.url(rough));
    const times = run.taken.map(({ tookMs, downMs }) => (tookMs - downMs) / 1000);
    const missing = scale.units - (found.states.get('done') ?? 0);
    const takeoverMaxS = quantile(times, 1);
    const details = [
      check(
        'the undisturbed run did every unit',
        expected.states.get('done') === scale.units,
        stateText(expected.states),
      ),
      check(
        'the undisturbed run has rows of every unit',
        expected.rows >= scale.units,
        `${expected.rows} rows`,
      ),
      check(
        'every kill was made',
        run.workerKills === scale.workerKills && run.postgresKills === scale.postgresKills,
        `${run.workerKills} of workers, ${run.postgresKills} of PostgreSQL`,
      ),
      check('no unit is missing', missing === 0, stateText(found.states)),
      check(
        'no row is there twice',
        found.double === 0 && found.rows === expected.rows,
        `${found.double} double, ${found.rows} rows for ${expected.rows}`,
      ),
      check('no unit was finished twice', run.finishedTwice === 0, `${run.finishedTwice} units`),
      check(
        'every unit has the rows that were noted with it',
        found.miscounted === 0,
        `${found.miscounted} units`,
      ),
      check(
        'all rows equal those of the undisturbed run',
        found.checksum === expected.checksum,
        found.checksum,
      ),
      check(
        'workers that were not killed ended well',
        run.problems.length === 0,
        run.problems.slice(0, 3).join('; '),
      ),
      check('units of killed workers were taken over', times.length > 0, 'none'),
      check(`taken over within ${takeoverLimitS} s`, takeoverMaxS <= takeoverLimitS, `${takeoverMaxS} s`),
    ];
    return suiteResult('exactly-once', details, {
      units: scale.units,
      rows: found.rows,
      worker_kills: run.workerKills,
      postgres_kills: run.postgresKills,
      missing,
      double: found.double,
      finished_twice: run.finishedTwice,
      takeovers: times.length,
      takeover_p50_s: rounded(quantile(times, 0.5)),
      takeover_max_s: rounded(takeoverMaxS),
      takeover_with_downtime_max_s: rounded(
        quantile(
          run.taken.map(({ tookMs }) => tookMs / 1000),
          1,
        ),
      ),
      postgres_down_max_s: rounded(
        quantile(
          run.down.map(({ from, to }) => (to - from) / 1000),
          1,
        ),
      ),
      postgres_down_sum_s: rounded(run.down.reduce((sum, { from, to }) => sum + (to - from) / 1000, 0)),
      workers: crewSize,
      connections_max: run.connectionsMax,
      undisturbed_s: rounded(undisturbed),
      disturbed_s: rounded(run.seconds),
    });
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runCalmly(
  postgres: ScratchPostgres,
  database: string,
  units: Units,
  scale: Scale,
): Promise<number> {
  const began = performance.now();
  const crew = new Crew(() => orderOf(postgres, database, units, scale, 0));
  const members = [crew.hire(), crew.hire()];
  await Promise.all(members.map(({ ended }) => ended));
  return (performance.now() - began) / 1000;
}

function orderOf(
  postgres: ScratchPostgres,
  database: string,
  units: Units,
  scale: Scale,
  pauseMs: number,
): WorkerOrder {
  return { ...units, store: postgres.url(database), leaseMs: scale.leaseMs, pauseMs };
}

async function runRoughly(
  postgres: ScratchPostgres,
  database: string,
  units: Units,
  scale: Scale,
  tell: (line: string) => void,
) {
  const random = seededRandom(seed, 'kills');
  const began = performance.now();
  const victims = shuffled(
    [
      ...Array.from({ length: scale.workerKills }, () => 'worker' as const),
      ...Array.from({ length: scale.postgresKills }, () => 'postgres' as const),
    ],
    random,
  );
  const kills = { worker: 0, postgres: 0 };
  const down: Stretch[] = [];
  let connectionsMax = 0;
  /** Slow enough that units are left for the kills to come. */
  const pauseMs = () => {
    const left = victims.length - kills.worker - kills.postgres;
    const open = Math.max(1, scale.units - crew.done.size);
    return Math.min(2000, (left * scale.betweenMs * crewSize) / open);
  };
  const crew: Crew = new Crew(() => orderOf(postgres, database, units, scale, pauseMs()));
  for (let i = 0; i < crewSize; i++) crew.hire();
  const overdue = () => performance.now() - began > scale.patienceMs;
  try {
    for (const victim of victims) {
      const due = (scale.units * 0.95 * (kills.worker + kills.postgres + 0.5)) / victims.length;
      // The others must be at work, or nobody could take over.
      while (!overdue() && crew.size > 0 && (crew.done.size < due || crew.atWork().length < 2))
        await pause(20);
      const atWork = crew.atWork();
      if (overdue() || atWork.length === 0) break;
      if (victim === 'postgres') {
        connectionsMax = Math.max(connectionsMax, await connections(postgres, database));
        const from = Date.now();
        await postgres.kill();
        await pause(500 * random());
        await postgres.start();
        down.push({ from, to: Date.now() });
      } else {
        const member = atWork[Math.floor(random() * atWork.length)];
        if (member === undefined) break;
        // From a claim on, at any moment of the work and the writing.
        const claims = member.claims;
        const end = performance.now() + 5000;
        while (member.claims === claims && performance.now() < end) await pause(2);
        await pause(random() * (2 * pauseMs() + 30));
        crew.kill(member);
      }
      kills[victim]++;
      const made = kills.worker + kills.postgres;
      if (made % 20 === 0) tell(`${made} of ${victims.length} kills, ${crew.done.size} units told as done`);
    }
    while (!overdue() && crew.size > 0) await pause(100);
  } finally {
    await crew.dismiss();
  }
  return {
    workerKills: kills.worker,
    postgresKills: kills.postgres,
    down,
    connectionsMax,
    taken: takeovers(crew.claims, down),
    finishedTwice: [...crew.done.values()].filter((times) => times > 1).length,
    problems: [...crew.problems, ...(overdue() ? [`not done after ${scale.patienceMs / 1000} s`] : [])],
    seconds: (performance.now() - began) / 1000,
  };
}

/** Connections of all workers together. */
async function connections(postgres: ScratchPostgres, database: string): Promise<number> {
  const count = await postgres.psql(
    database,
    `select count(*) from pg_stat_activity where application_name = 'furrow' and datname = current_database()`,
  );
  return Number(count);
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((value) => ({ value, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}

function stateText(states: ReadonlyMap<string, number>): string {
  return [...states].map(([status, count]) => `${count} ${status}`).join(', ');
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function check(name: string, held: boolean, message: string): Check {
  return held ? { name, status: 'passed' } : { name, status: 'failed', message };
}
