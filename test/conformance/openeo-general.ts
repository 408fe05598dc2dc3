import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { oidcClient } from '../support/oidc-provider.ts';
import { type OpeneoHouse, openOpeneoHouse } from '../support/openeo-house.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { type Announced, judgedGeneral, judgedMetadata, type Listed } from './openeo-general/judged-cases.ts';
import { soilMoisture, writeSoilMoisture } from './openeo-general/soil-moisture.ts';
import { openSuite, type SuiteRuns } from './openeo-general/suite-runs.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

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
    const { api, server } = house;
    const home = process.env.SUITE_HOME ?? join(tmpdir(), 'openeo-suite');
    tell?.(`openeo-test-suite in ${home} against ${api}`);
    const suite = await openSuite(program, home, api);
    const cases = await suite.cases(['general', 'metadata']);
    const announced = await announcedBy(api);
    const listed = await listedBy(api);
    const general = (cases.get('general') ?? []).map((check) => judgedGeneral(check, announced));
    const details = [
      ...(await mended(general, suite)),
      ...(cases.get('metadata') ?? []).map((check) => judgedMetadata(check, listed)),
      await computed(house),
      ...failures(server.log()),
    ];
    return suiteResult('openeo-general', details);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

/**
 * The description of the API says of a data type that it is one of three kinds, of which the first, `Generic`, takes everything: no
 * definition of a process passes, the specification's own not either. Where that is so, and only the case of `GET /processes` is
 * concerned, the case is run by the same description with "any of" in that place.
 */
async function mended(checks: readonly Check[], suite: SuiteRuns): Promise<Check[]> {
  const concerned = (check: Check) => check.name.endsWith('test_GET_processes');
  if (!checks.some((check) => concerned(check) && check.status === 'failed')) return [...checks];
  const flaw = /oneOf:(?=\s+- title: Generic)/g;
  const sound = suite.description.replace(flaw, 'anyOf:');
  const [refused, all] = await suite.refusedBy(suite.description);
  const [stillRefused] = await suite.refusedBy(sound);
  if (refused < all || stillRefused >= refused || suite.description.match(flaw)?.length !== 1)
    return [...checks];
  await suite.judgeBy(sound);
  const again = (await suite.cases(['general'])).get('general')?.find(concerned);
  await suite.judgeBy(undefined);
  const message = `the API's description refuses all ${all} official definitions of processes (oneOf with a kind that takes everything): judged with anyOf there`;
  return checks.map((check) =>
    concerned(check) && again !== undefined
      ? { ...again, message: again.message === undefined ? message : `${message}; ${again.message}` }
      : check,
  );
}

/** The suite starts jobs and does not wait for them: what it sends has to compute too. */
async function computed({ api, issuer }: OpeneoHouse): Promise<Check> {
  const name = 'the process that the suite sends gives netCDF';
  const payload = sharedData(
    'spec',
    'openeo-test-suite',
    'payload_examples',
    'post_result',
    'post_result_1.json',
  );
  if (payload === undefined) return { name, status: 'skipped', message: withoutSharedData };
  const credentials = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: oidcClient.id,
    client_secret: oidcClient.secret,
    scope: 'openid',
  });
  const login = await fetch(`${issuer}/token`, { method: 'POST', body: credentials });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const answer = await fetch(`${api}/result`, {
    method: 'POST',
    headers: { authorization: `Bearer oidc/test/${token}`, 'content-type': 'application/json' },
    body: readFileSync(payload, 'utf8'),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  // HDF5, which netCDF-4 is.
  if (answer.status === 200 && bytes.subarray(1, 4).toString() === 'HDF') return { name, status: 'passed' };
  return { name, status: 'failed', message: `${answer.status}: ${bytes.toString().slice(0, 500)}` };
}

/** Whatever the server logged as its own fault is a failure. */
function failures(log: string): Check[] {
  const lines = log.split('\n').filter((line) => /"level":[56]0/.test(line));
  const name = 'the server had no failure of its own';
  if (lines.length === 0) return [{ name, status: 'passed' }];
  return [{ name, status: 'failed', message: lines.join('\n').slice(0, 4000) }];
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
