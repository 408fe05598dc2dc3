import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { planeValues } from '../../src/cube/raster-cube.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { runGraph } from '../../src/graph/run.ts';
import { computeResult } from '../../src/jobs/compute-result.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { startFurrow } from '../support/furrow-server.ts';
import { oidcClient, oidcProgram } from '../support/oidc-provider.ts';
import { houseUser, openOpeneoHouse } from '../support/openeo-house.ts';
import { pythonPeer } from '../support/python-peer.ts';
import { runLimited } from '../support/run-limited.ts';
import { withoutSharedData } from '../support/shared-data.ts';
import { type Check, type SuiteOptions, type SuiteResult, suiteResult } from './suite.ts';

const limitMs = 300_000;
/** The openEO Python client, and rasterio to look into what it downloads. 500 MB. */
const packages = ['openeo==0.53.0', 'rasterio==1.4.4', 'numpy==2.4.6'];
const session = join(import.meta.dirname, 'openeo-client', 'client_session.py');

/** Downloads of the session whose pixels are compared, one file a date, and those that are JSON. */
const pictures = ['monthly', 'median', 'job'];
const documents = ['values', 'fields'];

/**
 * A session of the real openEO Python client against `furrow serve`: with accounts on PostgreSQL and an identity provider, and alone
 * for one person. Every pixel and number that it downloads equals what the runtime gives for the graph that the client sent.
 */
export async function openeoClient({ tell }: SuiteOptions): Promise<SuiteResult> {
  const python = join(pythonPeer('openeo', packages, tell), 'python');
  const data = await mkdtemp(join(tmpdir(), 'furrow-openeo-client-'));
  try {
    tell?.('generating a season');
    const { collection } = await makeDemoSeason({ folder: join(data, 'demo'), size: 192, seed: 6 });
    const season = await openCollection(collection);
    const [west, south, east, north] = season.bbox;
    const part = (from: number, to: number, at: number) => from + (to - from) * at;
    const order = {
      extent: {
        west: part(west, east, 0.2),
        south: part(south, north, 0.2),
        east: part(west, east, 0.7),
        north: part(south, north, 0.7),
      },
      months: ['2026-04-01', '2026-08-01'],
    };
    const details: Check[] = [];
    let compared = 0;
    const run = async (where: string, more: Readonly<Record<string, unknown>>) => {
      const out = join(data, where);
      await mkdir(out);
      writeFileSync(join(out, 'order.json'), JSON.stringify({ ...order, ...more, out }));
      const { code, output } = await runLimited(python, [session, join(out, 'order.json')], {
        cwd: out,
        // Nothing of the person who runs it: neither kept tokens nor proxies.
        env: { ...process.env, HOME: out, XDG_DATA_HOME: out, XDG_CONFIG_HOME: out },
        limitMs,
      });
      const checks = output.split('\n').flatMap((line) => {
        const text = line.startsWith('check ') ? line.slice(6) : undefined;
        return text === undefined ? [] : [JSON.parse(text) as Check];
      });
      for (const check of checks) details.push({ ...check, name: `${where}: ${check.name}` });
      if (code !== 0)
        details.push({ name: `${where}: the session ends`, status: 'failed', message: output.slice(-3000) });
      for (const name of [...pictures, ...documents]) {
        const { check, pixels } = await comparison(out, name, collection);
        details.push({ ...check, name: `${where}: ${check.name}` });
        compared += pixels;
      }
    };
    const missing = oidcProgram() === undefined ? withoutSharedData : withoutPostgres;
    if (missing !== undefined) details.push({ name: 'with accounts', status: 'skipped', message: missing });
    else {
      tell?.('with accounts');
      await using house = await openOpeneoHouse({ data });
      await run('with accounts', {
        url: house.server.url,
        user: houseUser.name,
        password: houseUser.password,
        client: oidcClient,
      });
    }
    tell?.('alone');
    await using server = await startFurrow({ data, environment: { FURROW_LOG: 'warn' } });
    await run('alone', { url: server.url });
    return suiteResult('openeo-client', details, { values_compared: compared });
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

/** Compares one download with the runtime's own answer to its graph. */
async function comparison(
  out: string,
  name: string,
  collection: string,
): Promise<{ check: Check; pixels: number }> {
  const title = `${name}: every value equals the runtime's`;
  const failed = (message: string) => ({
    check: { name: title, status: 'failed' as const, message },
    pixels: 0,
  });
  const place = join(out, `${name}.json`);
  if (!existsSync(place)) return failed('nothing was downloaded');
  const graph = JSON.parse(readFileSync(place, 'utf8')) as unknown;
  const context = { openCollection: () => openCollection(collection), threads: 0 };
  if (documents.includes(name)) {
    if (!existsSync(join(out, `${name}.result`))) return failed('nothing was downloaded');
    const [file] = (await computeResult(graph, context)).files;
    const ours = JSON.parse(new TextDecoder().decode(file?.bytes)) as unknown;
    const theirs = JSON.parse(readFileSync(join(out, `${name}.result`), 'utf8')) as unknown;
    const count = numbersIn(ours);
    if (count === 0) return failed('there is no number in it');
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) return failed('the documents differ');
    return { check: { name: title, status: 'passed' }, pixels: count };
  }
  const result = await runGraph(graph, context);
  if (result.kind !== 'cube') return failed('the graph gives no cube');
  const { cube } = result;
  const labels = cube.dimensions.find(({ type }) => type === 'temporal')?.labels.map(String) ?? [''];
  const files = readdirSync(out).filter((file) => file.startsWith(`${name}.`) && file.endsWith('.f32'));
  if (files.length !== labels.length) return failed(`${files.length} files of ${labels.length} dates`);
  let valid = 0;
  for (const [plane, label] of labels.entries()) {
    const bytes = readFileSync(join(out, `${name}.${label}.f32`));
    const theirs = new Float32Array(new Uint8Array(bytes).buffer);
    const ours = planeValues(cube, plane);
    if (theirs.length !== ours.length) return failed(`${theirs.length} pixels, not ${ours.length}`);
    const different = theirs.findIndex((value, i) => !Object.is(value, ours[i]));
    if (different >= 0)
      return failed(`${label}, pixel ${different}: ${theirs[different]}, not ${ours[different]}`);
    valid += theirs.filter((value) => !Number.isNaN(value)).length;
  }
  if (valid === 0) return failed('no pixel has a value');
  return { check: { name: title, status: 'passed' }, pixels: valid };
}

function numbersIn(value: unknown): number {
  if (typeof value === 'number') return 1;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, entry) => sum + numbersIn(entry), 0);
}
