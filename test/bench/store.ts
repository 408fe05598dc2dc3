import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { packageRoot } from '../../src/config.ts';
import { maintain } from '../../src/store/maintain.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { type AreaResult, median } from './area.ts';
import { drawSignatures, enterDataset, writeCopyText, writeOne } from './store-fill.ts';
import { type Asked, ask, bands, draws, type Question, questions } from './store-questions.ts';
import { type BenchServer, startBenchServer } from './store-server.ts';

const rounds = 3;

/** The published size: 500,000 parcels x 73 images x 7 bands. */
const published = { parcels: 500_000, images: 73 };

interface Measured {
  readonly warm_ms: number;
  readonly cold_ms: number | null;
  readonly rows: number;
}

interface Yardstick {
  readonly stages: {
    readonly indexes: {
      readonly size: { readonly heap_mib: number; readonly indexes_mib: number };
      readonly queries: Readonly<Record<Question, Measured>>;
    };
  };
}

/**
 * The signature store beside the JRC schema in the same server: 50,000 parcels x 73 images x 7 bands (2,000 x 20 with `short`).
 * Theirs is built and asked by `bench_store.mjs`, ours is filled and asked through the product's functions, the same parcels and
 * images in turn; "cold" is after a restart with no page of the server's files in the page cache.
 */
export async function store({ short }: { readonly short: boolean }): Promise<AreaResult> {
  const script = sharedData('anchors', 'store', 'bench_store.mjs');
  const missing = [
    ...(withoutPostgres === undefined ? [] : [withoutPostgres]),
    ...(script === undefined ? [`bench_store.mjs: ${withoutSharedData}`] : []),
  ];
  if (script === undefined || missing.length > 0) return { area: 'store', figures: {}, ratios: {}, missing };
  const folder = await mkdtemp(join(tmpdir(), 'furrow-bench-'));
  const server = await startBenchServer();
  try {
    return await compare(server, { script, folder, short });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Setting {
  readonly script: string;
  readonly folder: string;
  readonly short: boolean;
}

async function compare(server: BenchServer, { script, folder, short }: Setting): Promise<AreaResult> {
  const parcels = short ? 2000 : 50_000;
  const images = short ? 20 : 73;
  const size = ['--parcels', String(parcels), '--images', String(images), '--stages', 'indexes'];
  const yardstick = async (...more: string[]): Promise<Yardstick> => {
    const json = join(folder, 'yardstick.json');
    await run(process.execPath, [script, '--url', server.url('jrc'), ...size, ...more, '--json', json]);
    return JSON.parse(await readFile(json, 'utf8')) as Yardstick;
  };
  for (const database of ['jrc', 'furrow']) await server.sql('postgres', `create database ${database}`);

  say('building the yardstick');
  const built = await yardstick('--runs', '1');
  say('filling ours');
  let opened = await openPostgresStore(server.url('furrow'));
  const openings = { theirs: [] as number[], ours: [] as number[] };
  const entered = await enterDataset(opened, images, rounds);
  const loads: number[] = [];
  for (const [index, image] of entered.images.slice(0, images).entries())
    loads.push(await writeOne(opened, entered.dataset, image, drawSignatures(index + 1, parcels)));
  await server.sql('furrow', 'vacuum analyze');
  const asked = (): Asked => ({ store: opened, dataset: entered.dataset, images: entered.images });
  const reopened = async (): Promise<Store> => {
    await opened.close();
    await server.cold();
    // As a session opens it; the yardstick too connects and sends `select 1` before its clock starts.
    const start = performance.now();
    opened = await openPostgresStore(server.url('furrow'), { asks: true });
    await opened.query('select 1');
    openings.ours.push(performance.now() - start);
    return opened;
  };
  const openMib = await mebibytes(server);

  const warm = { theirs: timings(), ours: timings(), closed: timings() };
  for (let round = 0; round < rounds; round++) {
    say(`questions in memory, round ${round + 1} of ${rounds}`);
    const { queries } = (await yardstick('--no-build')).stages.indexes;
    for (const question of names) warm.theirs[question].push(queries[question].warm_ms);
    const rows = await askWarm(draws(parcels, images, false), asked(), warm.ours);
    for (const question of names)
      if (rows[question] !== queries[question].rows)
        throw new ComparisonFailed(
          `${question}: ${rows[question]} rows of ours, ${queries[question].rows} of theirs`,
        );
  }

  say('questions from disk');
  const coldDraws = draws(parcels, images, true);
  const theirCold = (await yardstick('--no-build', '--cold-cmd', server.coldCommand)).stages.indexes.queries;
  const cold = await askCold(coldDraws, asked, reopened);
  const theirSession = await theirSessionCold(server, parcels, openings.theirs);
  const session = await ourSessionCold(parcels, asked, reopened);

  say('adding images');
  const added = await addImages(server, folder, { ...asked(), parcels, count: images });

  say('furrow maintain');
  const { seconds: maintainSeconds, rewritten } = await maintain(opened, { before: '2022-01-01' });
  await server.sql('furrow', 'vacuum analyze');
  const closedMib = await mebibytes(server);
  await askWarm(draws(parcels, images, false), asked(), warm.closed);
  const closedCold = await askCold(coldDraws, asked, reopened);
  const closedSession = await ourSessionCold(parcels, asked, reopened);
  await opened.close();

  const theirMib = built.stages.indexes.size.heap_mib + built.stages.indexes.size.indexes_mib;
  const signatures = parcels * bands.length;
  const total = signatures * images;
  const rate = {
    theirs: signatures / median(added.theirs.seconds),
    ours: signatures / median(added.ours.seconds),
  };
  const scale = (published.parcels * published.images) / (parcels * images);
  const figures: Record<string, number> = {
    signatures: total,
    jrc_mib: theirMib,
    furrow_mib: openMib,
    furrow_closed_mib: closedMib,
    jrc_bytes_per_signature: (theirMib * 2 ** 20) / total,
    furrow_bytes_per_signature: (openMib * 2 ** 20) / total,
    jrc_log_mb: median(added.theirs.bytes) / 1e6,
    furrow_log_mb: median(added.ours.bytes) / 1e6,
    jrc_load_per_s: rate.theirs,
    furrow_load_per_s: rate.ours,
    furrow_fill_per_s: signatures / (loads.reduce((sum, seconds) => sum + seconds, 0) / loads.length),
    maintain_s: maintainSeconds,
    maintain_months: rewritten.length,
    extrapolated_260m_gib: (openMib * scale) / 1024,
    extrapolated_260m_jrc_gib: (theirMib * scale) / 1024,
    extrapolated_260m_load_s: (total * scale) / rate.ours,
    extrapolated_260m_image_ms:
      median(warm.ours['q2 image + band, all parcels']) * (published.parcels / parcels),
    extrapolated_260m_maintain_s: maintainSeconds * scale,
  };
  const ratios: Record<string, number> = {
    size_vs_jrc: theirMib / openMib,
    // By then ours holds the added images too.
    size_closed_vs_jrc: (theirMib * (images + rounds)) / images / closedMib,
    log_vs_jrc: median(added.theirs.bytes) / median(added.ours.bytes),
    load_vs_jrc: rate.ours / rate.theirs,
  };
  // Not the first question of its connection: what that one costs is catalogs and plans.
  // Opening a store checks its migrations and prepares its connections for questions.
  figures.jrc_open_cold_ms = median(openings.theirs);
  figures.furrow_open_cold_ms = median(openings.ours);
  figures.jrc_parcel_cold_session_ms = theirSession;
  figures.furrow_parcel_cold_session_ms = session;
  figures.furrow_parcel_closed_cold_session_ms = closedSession;
  ratios.parcel_cold_session_vs_jrc = theirSession / session;
  ratios.parcel_closed_cold_session_vs_jrc = theirSession / closedSession;
  for (const question of names) {
    const name = questions[question];
    const theirs = { warm: median(warm.theirs[question]), cold: theirCold[question].cold_ms ?? Number.NaN };
    const ours = {
      '': median(warm.ours[question]),
      _closed: median(warm.closed[question]),
      _cold: median(cold[question]),
      _closed_cold: median(closedCold[question]),
    };
    figures[`jrc_${name}_ms`] = theirs.warm;
    figures[`jrc_${name}_cold_ms`] = theirs.cold;
    for (const [kind, ms] of Object.entries(ours)) {
      figures[`furrow_${name}${kind}_ms`] = ms;
      ratios[`${name}${kind}_vs_jrc`] = (kind.endsWith('cold') ? theirs.cold : theirs.warm) / ms;
    }
  }
  return { area: 'store', figures: rounded(figures, 4), ratios: rounded(ratios, 3) };
}

const names = Object.keys(questions) as Question[];

type Timings = Record<Question, number[]>;

function timings(): Timings {
  return Object.fromEntries(names.map((question) => [question, []])) as unknown as Timings;
}

/** Adds the median of each question's runs, the first of which is not counted; gives the rows of the last. */
async function askWarm(
  drawn: ReturnType<typeof draws>,
  asked: Asked,
  into: Timings,
): Promise<Record<Question, number>> {
  const rows = Object.fromEntries(names.map((question) => [question, 0])) as Record<Question, number>;
  for (const question of names) {
    const times: number[] = [];
    for (const what of drawn[question].warm) {
      const start = performance.now();
      rows[question] = await ask(question, what, asked);
      times.push(performance.now() - start);
    }
    into[question].push(median(times.slice(1)));
  }
  return rows;
}

async function askCold(
  drawn: ReturnType<typeof draws>,
  asked: () => Asked,
  reopened: () => Promise<Store>,
): Promise<Timings> {
  const times = timings();
  for (const question of names)
    for (const what of drawn[question].cold) {
      await reopened();
      const start = performance.now();
      await ask(question, what, asked());
      times[question].push(performance.now() - start);
    }
  return times;
}

/** Parcels of which the first opens a session and the second is timed, far from each other. */
function pairs(parcels: number): [number, number][] {
  return Array.from({ length: rounds }, (_, round) => {
    const first = 1 + Math.floor(((round + 0.2) * parcels) / (2 * rounds));
    return [first, first + Math.floor(parcels / 2)];
  });
}

/** Also adds the milliseconds of each connecting to `openings`. */
async function theirSessionCold(server: BenchServer, parcels: number, openings: number[]): Promise<number> {
  const times: number[] = [];
  for (const pair of pairs(parcels)) {
    await server.cold();
    const client = new Client({ connectionString: server.url('jrc') });
    const opening = performance.now();
    await client.connect();
    await client.query('select 1');
    openings.push(performance.now() - opening);
    for (const [index, parcel] of pair.entries()) {
      const start = performance.now();
      await client.query(
        `select extract(epoch from d.obstime) t, s.band, s.count, s.mean, s.std, s.min, s.p25, s.p50, s.p75, s.max
          from cbm_bench.sigs s join cbm_bench.dias_catalogue d on d.id = s.obsid where s.pid = $1 order by d.obstime, s.band`,
        [parcel],
      );
      if (index === 1) times.push(performance.now() - start);
    }
    await client.end();
  }
  return median(times);
}

async function ourSessionCold(
  parcels: number,
  asked: () => Asked,
  reopened: () => Promise<Store>,
): Promise<number> {
  const times: number[] = [];
  for (const pair of pairs(parcels)) {
    await reopened();
    for (const [index, parcel] of pair.entries()) {
      const start = performance.now();
      await ask('q1 parcel, all bands, with dates', [parcel], asked());
      if (index === 1) times.push(performance.now() - start);
    }
  }
  return median(times);
}

interface Added {
  readonly seconds: number[];
  readonly bytes: number[];
}

/** Adds images to both in turn, each after a checkpoint: seconds, and bytes of write-ahead log. Theirs is read by the server itself from a file. */
async function addImages(
  server: BenchServer,
  folder: string,
  open: Asked & { readonly parcels: number; readonly count: number },
): Promise<{ theirs: Added; ours: Added }> {
  const theirs: Added = { seconds: [], bytes: [] };
  const ours: Added = { seconds: [], bytes: [] };
  const file = join(folder, 'image.txt');
  await run('chmod', ['755', folder]);
  for (let round = 0; round < rounds; round++) {
    const number = open.count + round + 1;
    const rows = drawSignatures(number, open.parcels);
    await writeCopyText(file, number, rows);
    await server.sql(
      'jrc',
      `insert into cbm_bench.dias_catalogue (obstime, reference, sensor, card) values (now(), 'added', '2A', 's2')`,
    );
    const [theirSeconds, theirBytes] = await logged(server, async () => {
      const start = performance.now();
      await server.sql('jrc', `copy cbm_bench.sigs from '${file}'`);
      return (performance.now() - start) / 1000;
    });
    theirs.seconds.push(theirSeconds);
    theirs.bytes.push(theirBytes);
    const image = open.images[number - 1] ?? -1;
    const [ourSeconds, ourBytes] = await logged(server, () =>
      writeOne(open.store, open.dataset, image, rows),
    );
    ours.seconds.push(ourSeconds);
    ours.bytes.push(ourBytes);
  }
  return { theirs, ours };
}

async function logged(server: BenchServer, work: () => Promise<number>): Promise<[number, number]> {
  await server.sql('postgres', 'checkpoint');
  const place = await server.sql('postgres', 'select pg_current_wal_insert_lsn()');
  const seconds = await work();
  const bytes = await server.sql(
    'postgres',
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '${place}')`,
  );
  return [seconds, Number(bytes)];
}

/** Our signatures with all their indexes. */
async function mebibytes(server: BenchServer): Promise<number> {
  const bytes = await server.sql(
    'furrow',
    `select sum(pg_total_relation_size(oid)) from pg_class
      where relnamespace = 'furrow'::regnamespace and relkind = 'r' and relname like 'signature\\_%'`,
  );
  return Number(bytes) / 2 ** 20;
}

function rounded(values: Readonly<Record<string, number>>, digits: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number(value.toPrecision(digits))]),
  );
}

function say(what: string): void {
  console.error(`store: ${what}`);
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { cwd: packageRoot(), stdio: ['ignore', 2, 2] });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new ComparisonFailed(`${program} ${args[0]} failed with exit code ${code}`);
}

/** The comparison ended without figures. */
class ComparisonFailed extends Error {
  override readonly name = 'ComparisonFailed';
}
