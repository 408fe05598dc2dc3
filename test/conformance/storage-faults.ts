import { TRIES } from '../../src/storage/retry.ts';
import { type FaultRates, faultKinds, faultyProxy } from '../support/faulty-proxy.ts';
import { type S3Gateway, startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';
import { seededRandom } from '../support/synthetic-pixels.ts';
import { quantile } from './quantile.ts';
import { makeCog, makeObjects, type Objects } from './storage-faults/objects.ts';
import { bucket, type Outcome, Reader } from './storage-faults/reader.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

/** Share of all answers at the proxy: of the same order as a store in its worst hour, each kind often enough to meet every other. */
const allFaults: FaultRates = {
  unavailable: 0.2,
  reset: 0.1,
  truncated: 0.03,
  'wrong-range': 0.03,
  whole: 0.03,
  flipped: 0.03,
  etag: 0.003,
  slow: 0.005,
};
const { flipped: _, ...withoutFlips } = allFaults;
/** `FURROW_MAX_REQUEST_MS` of the run, and how long a slow answer stands still. */
const patienceMs = 1000;
const stallMs = 6000;
const readers = 32;

/**
 * A real S3 server behind a proxy that spoils a good third of the answers. Every read is right or ends in a typed error, with a
 * bounded number of requests: all faults with `FURROW_VERIFY_READS=twice`; all but flipped bits as it is by default; objects
 * replaced while they are read. What flipped bits do by default, where the store states no checksum of a range, is a figure.
 */
export async function storageFaults({ short, tell = () => undefined }: SuiteOptions): Promise<SuiteResult> {
  if (versitygw() === undefined)
    return suiteResult('storage-faults', [
      { name: 'a real S3 server', status: 'skipped', message: withoutVersitygw },
    ]);
  await using gateway = await startS3Gateway();
  const objects = await makeObjects();
  await gateway.makeBucket(bucket);
  for (const [key, bytes] of objects.bytes) await gateway.put(bucket, key, bytes);
  const counts = short ? [400, 150, 10, 100] : [10_000, 2000, 200, 2000];
  const [most = 0, plain = 0, replacements = 0, flips = 0] = counts;
  const run = { gateway, objects, tell };

  const all = await phase(run, 'all faults, verified', most, allFaults, 'twice');
  const byDefault = await phase(run, 'all but flipped bits', plain, withoutFlips, undefined);
  const replaced = await replacePhase(run, replacements);
  const flipped = await phase(run, 'flipped bits only', flips, { flipped: 0.03 }, undefined);

  const outcomes = all.outcomes;
  const typed = outcomes.filter(({ kind }) => kind === 'typed');
  const errors = Object.groupBy(typed, ({ detail }) => detail);
  const figures: Record<string, number> = {
    reads: outcomes.length,
    answered_right: count(outcomes, 'right'),
    wrong: count(outcomes, 'wrong') + count(byDefault.outcomes, 'wrong') + count(replaced, 'wrong'),
    typed_errors: typed.length,
    ...Object.fromEntries(
      Object.entries(errors).map(([name, list]) => [`typed_${name.toLowerCase()}`, list?.length ?? 0]),
    ),
    requests: outcomes.reduce((sum, { requests }) => sum + requests, 0),
    requests_per_read_max: Math.max(...outcomes.map(({ requests }) => requests)),
    requests_per_range_max: Math.max(...outcomes.map(({ requestsOfRange }) => requestsOfRange)),
    read_p50_ms: quantile(milliseconds(outcomes), 0.5),
    read_p95_ms: quantile(milliseconds(outcomes), 0.95),
    ...Object.fromEntries(faultKinds.map((kind) => [`faults_${kind}`, all.served[kind] ?? 0])),
    default_reads: byDefault.outcomes.length,
    default_typed_errors: count(byDefault.outcomes, 'typed'),
    default_requests_per_range_max: Math.max(
      ...byDefault.outcomes.map(({ requestsOfRange }) => requestsOfRange),
    ),
    default_read_p95_ms: quantile(milliseconds(byDefault.outcomes), 0.95),
    replaced_objects: replaced.length,
    flips_unverified_reads: flipped.outcomes.length,
    flips_unverified_typed_errors: count(flipped.outcomes, 'typed'),
    flips_unverified_wrong: count(flipped.outcomes, 'wrong'),
    ...Object.fromEntries(
      Object.entries(Object.groupBy(flipped.outcomes, ({ what }) => what.replaceAll(' ', '_'))).map(
        ([what, some]) => [`flips_unverified_wrong_${what}`, count(some ?? [], 'wrong')],
      ),
    ),
  };
  const checks = [
    ...judge('all faults, every read verified', outcomes, 2 * TRIES),
    ...judge('all faults but flipped bits, by default', byDefault.outcomes, TRIES),
    ...judge('objects replaced while they are read', replaced, TRIES),
    check(
      'a replaced object is told at its next read',
      replaced.filter(({ kind }) => kind === 'right').map(({ what }) => what),
    ),
    // By default bytes of a range over plain http are taken as they come; nothing may end without a type all the same.
    check('flipped bits by default end right, wrong or typed', list(flipped.outcomes, 'untyped')),
    check(
      'whole documents are right under flipped bits by default: the store states their checksum',
      list(
        flipped.outcomes.filter(({ what }) => what === 'document'),
        'wrong',
      ),
    ),
  ];
  return suiteResult('storage-faults', checks, figures);
}

interface Run {
  readonly gateway: S3Gateway;
  readonly objects: Objects;
  readonly tell: (line: string) => void;
}

/** `total` reads by readers side by side, each behind a proxy of its own. */
async function phase(
  { gateway, objects, tell }: Run,
  name: string,
  total: number,
  rates: FaultRates,
  verify: 'twice' | undefined,
): Promise<{ readonly outcomes: Outcome[]; readonly served: Record<string, number> }> {
  const outcomes: Outcome[] = [];
  const served: Record<string, number> = {};
  await withEnvironment(verify, async () => {
    let left = total;
    const one = async (number: number): Promise<void> => {
      const random = seededRandom(1000 * number + total);
      await using proxy = await startProxy(gateway, objects, rates, seededRandom(number));
      const reader = new Reader(proxy, gateway.settings, objects, random);
      while (left-- > 0) {
        outcomes.push(await reader.readAny());
        if (outcomes.length % 1000 === 0) tell(`${name}: ${outcomes.length} of ${total} reads`);
      }
      for (const kind of faultKinds) served[kind] = (served[kind] ?? 0) + proxy.served[kind];
    };
    await Promise.all(Array.from({ length: Math.min(readers, total) }, (_, number) => one(number + 1)));
  });
  return { outcomes, served };
}

/** Objects that are replaced after they were opened: their next read must tell. */
async function replacePhase(run: Run, total: number): Promise<Outcome[]> {
  const { gateway, objects, tell } = run;
  const before = await makeCog('deflate', 'uint16', 1, 1);
  const after = await makeCog('deflate', 'uint16', 1, 2);
  const outcomes: Outcome[] = [];
  tell(`${total} objects are replaced while they are read`);
  await withEnvironment(undefined, async () => {
    await using proxy = await startProxy(gateway, objects, {}, seededRandom(99));
    const reader = new Reader(proxy, gateway.settings, objects, seededRandom(98));
    for (let number = 0; number < total; number++) {
      const key = `replaced/${number % 8}.tif`;
      await gateway.put(bucket, key, before.bytes);
      proxy.rates = {};
      const source = await reader.source(key);
      await gateway.put(bucket, key, after.bytes);
      proxy.rates = { unavailable: 0.2, reset: 0.1, 'wrong-range': 0.03, truncated: 0.03 };
      outcomes.push(
        await reader.measure(`replaced ${number}`, async () => {
          const half = Math.floor(before.bytes.length / 2);
          // Bytes that came before the change, and some after it.
          const parts = await source.readMany([
            { offset: 0, length: 1000 },
            { offset: half, length: 1000 },
          ]);
          const old = Buffer.concat([
            before.bytes.subarray(0, 1000),
            before.bytes.subarray(half, half + 1000),
          ]);
          return Buffer.concat(parts).equals(old) ? undefined : 'a mixture of two objects';
        }),
      );
    }
  });
  return outcomes;
}

function startProxy(gateway: S3Gateway, objects: Objects, rates: FaultRates, random: () => number) {
  const paths = new Map([...objects.bytes].map(([key, bytes]) => [`/${bucket}/${key}`, bytes]));
  return faultyProxy({ upstream: gateway.settings.endpoint, rates, random, objects: paths, stallMs });
}

async function withEnvironment(verify: 'twice' | undefined, work: () => Promise<void>): Promise<void> {
  const names = ['FURROW_VERIFY_READS', 'FURROW_MAX_REQUEST_MS'] as const;
  const before = names.map((name) => process.env[name]);
  process.env.FURROW_MAX_REQUEST_MS = String(patienceMs);
  process.env.FURROW_VERIFY_READS = verify ?? '';
  try {
    await work();
  } finally {
    for (const [i, name] of names.entries())
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
  }
}

function judge(name: string, outcomes: readonly Outcome[], most: number): Check[] {
  const over = outcomes.filter(({ requestsOfRange }) => requestsOfRange > most);
  return [
    check(`${name}: no wrong answer`, list(outcomes, 'wrong')),
    check(`${name}: no error without a type`, list(outcomes, 'untyped')),
    check(
      `${name}: at most ${most} requests for one range`,
      over.map(({ what, requestsOfRange }) => `${what}: ${requestsOfRange}`),
    ),
  ];
}

function list(outcomes: readonly Outcome[], kind: Outcome['kind']): string[] {
  return outcomes.filter((outcome) => outcome.kind === kind).map(({ what, detail }) => `${what}: ${detail}`);
}

function check(name: string, bad: readonly string[]): Check {
  if (bad.length === 0) return { name, status: 'passed' };
  return { name, status: 'failed', message: `${bad.length}: ${bad.slice(0, 5).join('; ')}` };
}

function count(outcomes: readonly Outcome[], kind: Outcome['kind']): number {
  return outcomes.filter((outcome) => outcome.kind === kind).length;
}

function milliseconds(outcomes: readonly Outcome[]): number[] {
  return outcomes.map((outcome) => outcome.milliseconds);
}
