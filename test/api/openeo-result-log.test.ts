import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { type Json, ndviGraph, type OpeneoRoom, startOpeneo, three } from './openeo-room.ts';
import { openeoSchemas } from './openeo-schemas.ts';

const conforms = openeoSchemas();

describe('results of which an image cannot be read', () => {
  let folder: string;
  let room: OpeneoRoom;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-result-log-'));
    const { collection } = await makeDemoSeason({ folder, size: 64, dates: 3 });
    const [torn = ''] = (await readdir(folder)).filter((name) => name.startsWith('S2'));
    await writeFile(join(folder, torn, 'item.json'), '{');
    room = await startOpeneo({ environment: { FURROW_COLLECTIONS: `demo=${collection}` } });
  });
  after(async () => {
    await room?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const compute = (process_graph: object, more = {}) =>
    room.call('POST', '/result', { process: { process_graph }, ...more });
  // As the openEO clients look for it.
  const monitor = ({ headers }: { headers: Headers }) =>
    /^<([^>]+)>;\s?rel="monitor"/.exec(headers.get('link') ?? '')?.[1];

  test('lead to a log that says so, as that of a batch job does', async () => {
    const answer = await compute(ndviGraph('GTiff'));
    assert.equal(answer.status, 200);
    const address = monitor(answer) ?? assert.fail('there is no link to a log');
    assert.ok(address.endsWith(`/logs/${answer.headers.get('openeo-identifier')}`));
    const { status, json } = await room.call('GET', address);
    assert.equal(status, 200);
    conforms?.('GET /jobs/{job_id}/logs', 200, json);
    assert.equal(json.level, 'info');
    const levels = json.logs.map(({ level }: Json) => level).sort();
    assert.deepEqual(levels, ['info', 'warning']);
    assert.ok(json.logs.some(({ message }: Json) => /cannot be read and is left out: /.test(message)));
    const unknown = await room.call('GET', address.replace(/[^/]+$/, 'nobodys'));
    assert.deepEqual([unknown.status, unknown.json.code], [404, 'NotFound']);
  });

  test('log what was asked for, and nothing where there is nothing to say', async () => {
    const warned = await compute(ndviGraph('GTiff'), { log_level: 'warning' });
    const { json } = await room.call('GET', monitor(warned) ?? '');
    assert.deepEqual([json.level, json.logs.length], ['warning', 1]);
    assert.equal(monitor(await compute(ndviGraph('GTiff'), { log_level: 'error' })), undefined);
    assert.equal(monitor(await compute(three)), undefined);
  });

  test('fail where no image is left, and say why', async () => {
    const graph = ndviGraph('GTiff') as Json;
    graph.load.arguments.temporal_extent = ['1999-01-01', '2000-01-01'];
    const answer = await compute(graph);
    assert.deepEqual([answer.status, answer.json.code], [404, 'NoDataAvailable']);
    assert.match(answer.json.message, /cannot be read \(1\): /);
    assert.ok(monitor(answer));
  });
});
