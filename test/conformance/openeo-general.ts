import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { oidcClient } from '../support/oidc-provider.ts';
import { openOpeneoHouse } from '../support/openeo-house.ts';
import { runLimited } from '../support/run-limited.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { readJUnit } from './junit.ts';
import { type Announced, judgedGeneral, judgedMetadata, type Listed } from './openeo-general/judged-cases.ts';
import { soilMoisture, writeSoilMoisture } from './openeo-general/soil-moisture.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

/** With the installation of its environment where there is none yet. */
const limitMs = 1_800_000;
const groups = ['general', 'metadata'] as const;

/**
 * openeo-test-suite, groups general and metadata, against `furrow serve` with accounts on PostgreSQL and an identity provider. A case
 * of an operation that the capabilities announce passes or fails; all others are counted as skipped. Its environment (540 MB) is kept
 * in the folder that SUITE_HOME names, `openeo-suite` in the temporary folder by default.
 */
export async function openeoGeneral({ tell }: SuiteOptions): Promise<SuiteResult> {
  const program = sharedData('anchors', 'openeo', 'run_suite.sh');
  const missing = program === undefined ? withoutSharedData : (withoutPostgres ?? '');
  if (program === undefined || missing !== '')
    return suiteResult('openeo-general', [
      { name: 'openeo-test-suite', status: 'skipped', message: missing },
    ]);
  const data = await mkdtemp(join(tmpdir(), 'furrow-openeo-general-'));
  try {
    const collection = await writeSoilMoisture(join(data, 'soil-moisture'));
    await using house = await openOpeneoHouse({
      data,
      environment: { FURROW_COLLECTIONS: `${soilMoisture}=${collection}` },
    });
    const home = process.env.SUITE_HOME ?? join(tmpdir(), 'openeo-suite');
    tell?.(`openeo-test-suite in ${home} against ${house.api}`);
    const run = (...args: readonly string[]) =>
      runLimited('bash', [program, ...args], {
        cwd: tmpdir(),
        env: {
          ...process.env,
          SUITE_HOME: home,
          OPENEO_AUTH_CLIENT_ID: oidcClient.id,
          OPENEO_AUTH_CLIENT_SECRET: oidcClient.secret,
          OPENEO_AUTH_PROVIDER_ID: 'test',
        },
        limitMs,
      });
    await run('prepare');
    placeAssets(home);
    const { code, output } = await run(house.api, ...groups);
    const details: Check[] = [];
    if (code !== 0)
      details.push({
        name: 'run_suite.sh',
        status: 'failed',
        message: `ended with ${code}: ${output.slice(-2000)}`,
      });
    const announced = await announcedBy(house.api);
    const listed = await listedBy(house.api);
    for (const group of groups) {
      const report = join(home, 'reports', `${group}.xml`);
      const cases = existsSync(report) ? readJUnit(readFileSync(report, 'utf8')) : [];
      if (cases.length === 0)
        details.push({
          name: `group ${group}`,
          status: 'failed',
          message: `no report: ${output.slice(-2000)}`,
        });
      for (const check of cases)
        details.push(group === 'general' ? judgedGeneral(check, announced) : judgedMetadata(check, listed));
    }
    const refused = house.server
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":50'));
    details.push({
      name: 'the server had no failure of its own',
      status: refused.length === 0 ? 'passed' : 'failed',
      ...(refused.length === 0 ? {} : { message: refused.join('\n').slice(0, 4000) }),
    });
    return suiteResult('openeo-general', details);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function announcedBy(api: string): Promise<Announced> {
  const { endpoints } = (await (await fetch(`${api}/`)).json()) as {
    endpoints: { path: string; methods: string[] }[];
  };
  return new Map(endpoints.map(({ path, methods }) => [path, methods]));
}

async function listedBy(api: string): Promise<Listed> {
  const { processes } = (await (await fetch(`${api}/processes`)).json()) as {
    processes: { id: string; [part: string]: unknown }[];
  };
  return new Map(processes.map((process) => [process.id, process]));
}

/**
 * openeo-test-suite 0.2.2 finds its payloads only where they lie above the installed package: from the current folder it joins their
 * path to itself and fails every case that sends one.
 */
function placeAssets(home: string): void {
  const library = join(home, 'venv', 'lib');
  for (const python of existsSync(library) ? readdirSync(library) : [])
    for (const part of ['assets', 'src'])
      if (!existsSync(join(library, python, part)))
        symlinkSync(join(home, part), join(library, python, part));
}
