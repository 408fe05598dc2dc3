import { type ChildProcess, fork } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedData } from '../support/shared-data.ts';
import type { Check, SuiteOptions, SuiteResult } from './suite.ts';
import { suiteResult } from './suite.ts';
import type { MutantReport } from './tiff-fuzz/read-mutants.ts';
import { writeSeeds } from './tiff-fuzz/write-seeds.ts';

const MUTANTS = 50_000;
const SHORT_MUTANTS = 8_000;
/** Of the process that reads, with Node, the decoders' threads and all mutants that wait to be collected. */
const MOST_MB = 700;
/** A mutant that has not ended by then is a hang: its process is killed and counts as a crash. */
const HANG_MS = 20_000;
/** Larger files of the zoo are left out: their mutants cost much and say little more. */
const MOST_FILE_BYTES = 150_000;
/** One codestream tile of 3.3 million pixels: a third of a second for each mutant. */
const leftOut: ReadonlySet<string> = new Set(['img-16bit.jp2']);

/** The budgets under which mutants are read: those of a server that many people share. */
const budgets = {
  FURROW_MAX_TILE_BYTES: String(64 * 2 ** 20),
  FURROW_MAX_WINDOW_BYTES: String(64 * 2 ** 20),
  FURROW_MAX_CODEC_MS: '500',
};

/**
 * Seeded mutants of generated files and of the zoo (TIFF, BigTIFF and JPEG 2000, all codecs): each must end in pixels or a typed
 * error within a second, in a process that neither dies nor grows beyond its budget.
 */
export async function tiffFuzz({ short, tell }: SuiteOptions): Promise<SuiteResult> {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-fuzz-'));
  try {
    const seeds = join(folder, 'seeds');
    mkdirSync(seeds);
    await writeSeeds(seeds);
    const zoo = sharedData('data', 'geotiff-zoo');
    for (const name of zoo === undefined ? [] : readdirSync(zoo).filter((file) => !leftOut.has(file)))
      if (/\.(tiff?|jp2)$/.test(name) && statSync(join(zoo ?? '', name)).size <= MOST_FILE_BYTES)
        copyFileSync(join(zoo ?? '', name), join(seeds, `zoo-${name}`));
    const files = readdirSync(seeds).length;
    const total = short ? SHORT_MUTANTS : MUTANTS;
    const tally = await readAll(seeds, total, join(folder, 'progress'), tell);
    const { outcomes, crashes, slow, slowestMs, peakBytes } = tally;
    const peakMb = Math.round(peakBytes / 2 ** 20);
    const check = (name: string, holds: boolean, message: string): Check => ({
      name,
      status: holds ? 'passed' : 'failed',
      message,
    });
    const read = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    const refused = read - (outcomes.pixels ?? 0) - (outcomes.crash ?? 0);
    const details = [
      check('every mutant was read', read + tally.deaths === total, `${read} of ${total}`),
      check('no crash, no error without a type', crashes.length === 0, crashes.slice(0, 20).join('\n')),
      check('no mutant takes over a second', slow.length === 0, slow.slice(0, 20).join('\n')),
      check(`memory stays within ${MOST_MB} MB`, peakMb <= MOST_MB, `${peakMb} MB`),
      check(
        'mutants are neither all read nor all refused',
        refused > total / 10 && refused < total * 0.95,
        `${refused}`,
      ),
    ];
    return suiteResult('tiff-fuzz', details, {
      mutants: read,
      files,
      crashes: crashes.length,
      over_1_s: slow.length,
      slowest_ms: Math.round(slowestMs),
      peak_mb: peakMb,
      ...Object.fromEntries(Object.entries(outcomes).map(([name, count]) => [`outcome_${name}`, count])),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Tally {
  outcomes: Record<string, number>;
  crashes: string[];
  slow: string[];
  slowestMs: number;
  peakBytes: number;
  deaths: number;
}

async function readAll(
  seeds: string,
  total: number,
  progress: string,
  tell: SuiteOptions['tell'],
): Promise<Tally> {
  const tally: Tally = { outcomes: {}, crashes: [], slow: [], slowestMs: 0, peakBytes: 0, deaths: 0 };
  for (let from = 0; from < total; ) {
    const { report, died } = await readSome(seeds, from, total, progress, tell);
    if (report !== undefined) {
      for (const [name, count] of Object.entries(report.outcomes))
        tally.outcomes[name] = (tally.outcomes[name] ?? 0) + count;
      tally.crashes.push(...report.crashes);
      tally.slow.push(...report.slow);
      tally.slowestMs = Math.max(tally.slowestMs, report.slowestMs);
      tally.peakBytes = Math.max(tally.peakBytes, report.peakBytes);
    }
    if (died === undefined) break;
    // What came between the last report and the death is read again; the deadly one is passed over.
    const next = report?.done ?? from;
    tally.crashes.push(`mutant ${died.mutant}: ${died.reason}`);
    tally.deaths++;
    if (tally.deaths > 20) break;
    const between = died.mutant > next ? await readSome(seeds, next, died.mutant, progress, tell) : undefined;
    for (const [name, count] of Object.entries(between?.report?.outcomes ?? {}))
      tally.outcomes[name] = (tally.outcomes[name] ?? 0) + count;
    from = died.mutant + 1;
  }
  return tally;
}

interface Part {
  readonly report: MutantReport | undefined;
  readonly died: { readonly mutant: number; readonly reason: string } | undefined;
}

function readSome(
  seeds: string,
  from: number,
  to: number,
  progress: string,
  tell: SuiteOptions['tell'],
): Promise<Part> {
  const module = new URL('./tiff-fuzz/read-mutants.ts', import.meta.url);
  const child: ChildProcess = fork(module, [seeds, String(from), String(to), progress], {
    env: { ...process.env, ...budgets },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let report: MutantReport | undefined;
  let errors = '';
  let last = { mutant: -1, since: Date.now() };
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = `${errors}${chunk}`.slice(-2000);
  });
  child.on('message', (message) => {
    report = message as MutantReport;
    if (report.done % 5000 === 0)
      tell?.(`${report.done} of ${to}, slowest ${Math.round(report.slowestMs)} ms`);
  });
  const current = (): number => {
    const bytes = readFileSync(progress);
    return bytes.length >= 4 ? bytes.readUInt32LE(0) : from;
  };
  let hung = false;
  const watch = setInterval(() => {
    const mutant = current();
    if (mutant !== last.mutant) last = { mutant, since: Date.now() };
    else if (Date.now() - last.since > HANG_MS) {
      hung = true;
      child.kill('SIGKILL');
    }
  }, 1000);
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearInterval(watch);
      if (report?.done === to) return resolve({ report, died: undefined });
      const reason = hung ? `no answer in ${HANG_MS} ms` : `the process ended (${signal ?? code}): ${errors}`;
      resolve({ report, died: { mutant: current(), reason } });
    });
  });
}
