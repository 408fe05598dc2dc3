import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { startFurrow } from '../support/furrow-server.ts';
import { pythonPeer } from '../support/python-peer.ts';
import { type House, openHouse } from './access/house.ts';
import type { Tenant } from './access/tenants.ts';
import { makeThings } from './access/things.ts';
import { type RunReport, readReport } from './schemathesis/report.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

const seed = 2026;
/** How a run is judged; the schemas cannot say all that makes a process graph or a polygon right, so what they allow may be refused. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
];
const refusals = [400, 401, 403, 404, 405, 406, 409, 410, 413, 414, 415, 422, 428, 429, 431];
const patienceMs = 50 * 60_000;

interface Run {
  readonly name: string;
  readonly server: string;
  readonly credentials: readonly string[];
  /** Of its configuration: values that parameters have. */
  readonly settings: string;
  /** Whether requests against the schemas have to be refused; not where parameters are set, which it would take for changed. */
  readonly refuses: boolean;
}

/**
 * Schemathesis asks every operation of the server's own description what its schemas allow, their edges, and what they do not allow:
 * no failure of the server, and no answer that the description leaves out. With accounts by a token, again by a password with things
 * that exist, and without accounts.
 */
export async function schemathesis({ short, tell = () => undefined }: SuiteOptions): Promise<SuiteResult> {
  const command = join(pythonPeer('schemathesis', ['schemathesis==4.32.5'], tell), 'schemathesis');
  const most = short ? 3 : 50;
  const details: Check[] = [];
  const sums = { operations: 0, requests: 0, server_errors: 0, undocumented: 0, accepted: 0 };
  const judge = async (run: Run) => {
    tell(`${run.name}: ${most} examples an operation`);
    const report = await runOnce(command, run, most);
    const verdicts = judged(run, report);
    for (const { name, status, message } of verdicts) if (status === 'failed') tell(`${name}: ${message}`);
    details.push(...verdicts);
    const failing = (names: readonly string[]) =>
      report.operations.filter(({ wrong }) => names.some((name) => wrong.has(name))).length;
    sums.operations = Math.max(sums.operations, report.operations.length);
    sums.requests += report.operations.reduce((sum, { requests }) => sum + requests, 0);
    sums.server_errors += failing(['not_a_server_error']);
    sums.undocumented += failing(checks.slice(1));
    sums.accepted += failing(['negative_data_rejection']);
  };
  const unlimited = { FURROW_MAX_REQUEST_RATE: '1000000000', FURROW_LOG: 'error' };
  if (withoutPostgres !== undefined)
    details.push({ name: 'with accounts', status: 'skipped', message: withoutPostgres });
  else {
    await using house = await openHouse({ tenants: 2, environment: unlimited });
    const [tenant, other] = house.tenants;
    if (tenant === undefined || other === undefined) return suiteResult('schemathesis', []);
    const server = house.server.url;
    const bearer = ['-H', `Authorization: Bearer ${other.token}`];
    await judge({
      name: 'with accounts, by a token',
      server,
      credentials: bearer,
      settings: '',
      refuses: true,
    });
    const settings = await settingsOf(house, tenant);
    const basic = ['-a', `${tenant.name}:${tenant.password}`];
    await judge({
      name: 'with accounts, by a password, of what there is',
      server,
      credentials: basic,
      settings,
      refuses: false,
    });
  }
  const data = await mkdtemp(join(tmpdir(), 'furrow-schemathesis-'));
  try {
    await makeDemoSeason({ folder: join(data, 'demo'), size: 192, dates: 9 });
    await using local = await startFurrow({ data, environment: unlimited, patienceMs: 300_000 });
    const settings = '[parameters]\ncollection_id = "demo"\ncollection = "demo"\n';
    await judge({ name: 'without accounts', server: local.url, credentials: [], settings, refuses: false });
  } finally {
    await rm(data, { recursive: true, force: true });
  }
  return suiteResult('schemathesis', details, sums);
}

/** Parameters that name what the tenant has, as Schemathesis is told of them. */
async function settingsOf(house: House, tenant: Tenant): Promise<string> {
  const things = await makeThings(house, tenant, () => true);
  const text = (value: string) => JSON.stringify(value);
  const reading = typeof things.finished === 'string' ? things.finished : things.job;
  return [
    '[parameters]',
    `dataset = ${text(tenant.dataset)}`,
    `aoi = ${text(tenant.mark)}`,
    `year = ${tenant.year}`,
    'collection_id = "demo"',
    'collection = "demo"',
    `item = ${text(house.place.item)}`,
    `service_id = ${text(things.service ?? '')}`,
    '[[operations]]',
    'include-method = "GET"',
    `parameters = { job_id = ${text(reading)} }`,
    '[[operations]]',
    'include-method = ["POST", "PATCH", "DELETE"]',
    `parameters = { job_id = ${text(things.job)} }`,
    '',
  ].join('\n');
}

async function runOnce(
  command: string,
  { server, credentials, settings, refuses }: Run,
  most: number,
): Promise<RunReport> {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-schemathesis-run-'));
  try {
    const config = join(folder, 'schemathesis.toml');
    const expected = refusals.map((status) => `"${status}"`).join(', ');
    await writeFile(
      config,
      `${settings}[checks.negative_data_rejection]\nexpected-statuses = [${expected}, "5xx"]\n`,
    );
    const wanted = [...checks, ...(refuses ? ['negative_data_rejection'] : [])];
    const words = [
      ...['--config-file', config, 'run', `${server}/openapi.json`, ...credentials],
      ...['--max-examples', String(most), '--seed', String(seed), '--generation-deterministic'],
      ...['--phases', 'examples,coverage,fuzzing', '--checks', wanted.join(','), '--continue-on-failure'],
      ...['--workers', '1', '--no-shrink', '--suppress-health-check', 'all', '--request-timeout', '120'],
      ...['--report', 'ndjson', '--report-dir', folder, '--no-color'],
    ];
    const printed = await new Promise<string>((resolve) => {
      execFile(command, words, { cwd: folder, timeout: patienceMs, maxBuffer: 2 ** 28 }, (_error, out, err) =>
        resolve(out + err),
      );
    });
    const [file] = globSync('ndjson-*', { cwd: folder });
    if (file === undefined) return { operations: [], errors: [printed.slice(-1000)], complete: false };
    return readReport(join(folder, file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One check an operation; a run that did not come to its end, or asked an operation nothing, has failed. */
function judged({ name, refuses }: Run, { operations, errors, complete }: RunReport): Check[] {
  const ended: Check = {
    name: `${name}: the run`,
    status: complete && errors.length === 0 && operations.length > 0 ? 'passed' : 'failed',
    message: errors.join('; ').slice(0, 2000),
  };
  return [
    ended,
    ...operations.map(({ operation, examples, requests, wrong }): Check => {
      const seen = [...wrong].flatMap(([check, kinds]) => [...kinds].map((kind) => `${check}: ${kind}`));
      return {
        name: `${name}: ${operation}`,
        status: seen.length === 0 && requests > 0 ? 'passed' : 'failed',
        message:
          seen.length === 0
            ? `${examples} examples, ${requests} requests${refuses ? ', wrong ones refused' : ''}`
            : seen.join('; '),
      };
    }),
  ];
}
