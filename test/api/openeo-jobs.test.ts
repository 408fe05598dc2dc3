import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type Json, ndviGraph, type OpeneoRoom, startOpeneo, three } from './openeo-room.ts';
import { openeoSchemas } from './openeo-schemas.ts';

const conforms = openeoSchemas();

describe('batch jobs at the openEO door', () => {
  let room: OpeneoRoom;
  before(async () => {
    room = await startOpeneo({ jobs: true });
  });
  after(() => room?.[Symbol.asyncDispose]());

  const create = async (process_graph: object, more = {}): Promise<string> => {
    const answer = await room.call('POST', '/jobs', { process: { process_graph }, ...more });
    assert.equal(answer.status, 201, answer.bytes.toString());
    const id = answer.headers.get('openeo-identifier') ?? '';
    assert.equal(answer.headers.get('location'), `${room.server.url}/openeo/1.2/jobs/${id}`);
    assert.equal(answer.bytes.length, 0);
    return id;
  };
  const ended = async (id: string): Promise<Json> => {
    for (let waited = 0; waited < 600; waited++) {
      const { json } = await room.call('GET', `/jobs/${id}`);
      if (json.status !== 'queued' && json.status !== 'running') return json;
      await delay(100);
    }
    return assert.fail('the job does not end');
  };
  /** All that a WebSocket says until it closes, and the code it closes with. */
  const heard = async (address: string): Promise<{ messages: Json[]; code: number }> => {
    const socket = new WebSocket(address);
    const messages: Json[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    const code = await new Promise<number>((resolve, reject) => {
      socket.on('close', resolve);
      socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
      socket.on('error', reject);
    });
    return { messages, code };
  };

  test('a job is followed to its results, whose links open to whoever has them', async () => {
    const id = await create(ndviGraph('GTiff', true), { title: 'NDVI', plan: 'FREE', budget: 3 });
    const created = (await room.call('GET', `/jobs/${id}`)).json;
    conforms?.('GET /jobs/{job_id}', 200, created);
    assert.deepEqual(
      [created.status, created.title, created.plan, created.budget],
      ['created', 'NDVI', 'free', 3],
    );
    const early = await room.call('GET', `/jobs/${id}/results`);
    assert.deepEqual([early.status, early.json.code], [400, 'JobNotStarted']);
    assert.equal((await room.call('POST', `/jobs/${id}/results`)).status, 202);

    const socket = `${room.server.url.replace('http', 'ws')}/openeo/1.2/jobs/${id}/logs/stream`;
    const { messages, code } = await heard(socket);
    assert.equal(code, 1000);
    const states = messages.filter(({ type }) => type === 'state');
    assert.deepEqual([states.at(-1).status, states.at(-1).progress], ['finished', 100]);
    const lines = messages.filter(({ type }) => type === 'log');

    const logs = (await room.call('GET', `/jobs/${id}/logs?level=debug`)).json;
    conforms?.('GET /jobs/{job_id}/logs', 200, logs);
    assert.deepEqual(
      lines.map(({ type: _, ...line }) => line),
      logs.logs,
    );
    assert.ok(logs.logs.length >= 2);
    const paged: Json[] = [];
    for (let next = `/jobs/${id}/logs?level=debug&limit=1`; next; ) {
      const { json } = await room.call('GET', next);
      assert.ok(json.logs.length <= 1);
      paged.push(...json.logs);
      next = json.links.find(({ rel }: Json) => rel === 'next')?.href;
    }
    assert.deepEqual(paged, logs.logs);
    assert.deepEqual((await room.call('GET', `/jobs/${id}/logs?level=error`)).json.logs, []);

    const results = (await room.call('GET', `/jobs/${id}/results`)).json;
    conforms?.('GET /jobs/{job_id}/results', 200, results);
    assert.equal(results.type, 'Feature');
    assert.equal(results.properties['proj:code'], 'EPSG:32632');
    assert.ok(Date.parse(results.properties.expires) > Date.now());
    const assets = Object.entries(results.assets) as [string, Json][];
    assert.ok(assets.length >= 2);
    for (const [name, asset] of assets) {
      const file = await room.call('GET', asset.href);
      assert.equal(file.status, 200, name);
      assert.equal(file.bytes.length, asset['file:size']);
      assert.equal(`1220${createHash('sha256').update(file.bytes).digest('hex')}`, asset['file:checksum']);
      assert.equal(file.headers.get('content-type'), asset.type);
    }
    const item = await room.call('GET', `/jobs/${id}/results`, undefined, { accept: 'application/geo+json' });
    assert.equal(item.headers.get('content-type'), 'application/geo+json');
    const canonical = results.links.find(({ rel }: Json) => rel === 'canonical').href;
    assert.deepEqual((await room.call('GET', canonical)).json.properties['proj:code'], 'EPSG:32632');

    const [[name, asset] = ['', {} as Json]] = assets;
    const whole = await room.call('GET', asset.href);
    const part = await room.call('GET', asset.href, undefined, { range: 'bytes=4-11' });
    assert.deepEqual(
      [part.status, part.headers.get('content-range')],
      [206, `bytes 4-11/${whole.bytes.length}`],
    );
    assert.deepEqual(part.bytes, whole.bytes.subarray(4, 12));
    const tail = await room.call('GET', asset.href, undefined, { range: 'bytes=-7' });
    assert.deepEqual(tail.bytes, whole.bytes.subarray(-7));
    const beyond = await room.call('GET', asset.href, undefined, { range: 'bytes=99999999-' });
    assert.deepEqual([beyond.status, beyond.json.code], [416, 'RangeNotSatisfiable']);
    const head = await room.call('HEAD', asset.href);
    assert.deepEqual(
      [head.status, head.headers.get('content-length'), head.bytes.length],
      [200, String(whole.bytes.length), 0],
    );
    const known = { 'if-none-match': whole.headers.get('etag') ?? '' };
    assert.equal((await room.call('GET', asset.href, undefined, known)).status, 304);
    const stale = { range: 'bytes=0-1', 'if-range': '"other"' };
    assert.equal((await room.call('GET', asset.href, undefined, stale)).status, 200);

    // The name is part of what was signed, and so is every character of the token.
    const token = new URL(asset.href).pathname.split('/')[2] ?? '';
    for (const forged of [
      asset.href.replace(name, 'results.json'),
      asset.href.replace(name, encodeURIComponent(`../${name}`)),
      canonical.replace('results.json', name),
      asset.href.replace(token, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`),
      asset.href.replace(`/${name}`, '/1/1/1'),
    ])
      assert.equal((await room.call('GET', forged)).status, 404, forged);

    assert.equal((await room.call('DELETE', `/jobs/${id}`)).status, 204);
    assert.equal((await room.call('GET', asset.href)).status, 404);
    assert.equal((await room.call('GET', `/jobs/${id}`)).json.code, 'JobNotFound');
  });

  test('a browser follows a job by a signed link, which opens nothing else', async () => {
    const id = await create(three);
    const { links } = (await room.call('GET', `/jobs/${id}`)).json;
    const link = links.find(({ href }: Json) => href.startsWith('ws:')).href as string;
    await room.call('POST', `/jobs/${id}/results`);
    const { messages, code } = await heard(link);
    assert.equal(code, 1000);
    assert.equal(messages.at(-1).status, 'finished');
    const known = messages.filter(({ type }) => type === 'log').at(-1).id;
    assert.ok(!(await heard(`${link}?offset=${known}`)).messages.some(({ type }) => type === 'log'));
    const token = link.split('/').at(-1);
    assert.equal((await room.call('GET', `${room.server.url}/signed/${token}/results.json`)).status, 404);
    assert.equal((await heard(`${link}x`)).code, 404);
    const stream = link.replace(`signed-logs/${token}`, 'jobs/nothing/logs/stream');
    assert.equal((await heard(stream)).code, 404);
    await room.call('DELETE', `/jobs/${id}`);
    assert.equal((await heard(link)).code, 404);
  });

  test('a plain value becomes a collection with one file of JSON', async () => {
    const id = await create(three);
    await room.call('POST', `/jobs/${id}/results`);
    assert.equal((await ended(id)).status, 'finished');
    const { json } = await room.call('GET', `/jobs/${id}/results`);
    conforms?.('GET /jobs/{job_id}/results', 200, json);
    assert.equal(json.type, 'Collection');
    const [asset] = Object.values(json.assets) as Json[];
    assert.equal((await room.call('GET', asset.href)).json, 3);
  });

  test('a job that fails tells its last error where its results were', async () => {
    const graph = ndviGraph('GTiff');
    graph.load = {
      process_id: 'load_collection',
      arguments: {
        id: 'demo',
        spatial_extent: null,
        temporal_extent: ['1999-01-01', '1999-02-01'],
        bands: ['red', 'nir'],
      },
    };
    const id = await create(graph);
    await room.call('POST', `/jobs/${id}/results`);
    assert.equal((await ended(id)).status, 'error');
    const { status, json } = await room.call('GET', `/jobs/${id}/results`);
    assert.equal(status, 424);
    conforms?.('GET /jobs/{job_id}/results', 424, json);
    assert.deepEqual([json.level, json.code], ['error', 'NoDataAvailable']);
  });

  test('parameters of a query without a value count as left out, and large limits as the most there is', async () => {
    const id = await create(three);
    const { status, json } = await room.call('GET', `/jobs/${id}/logs?offset=&level=&limit=`);
    assert.deepEqual([status, json.level], [200, 'info']);
    assert.equal((await room.call('GET', '/jobs?limit=')).status, 200);
    assert.equal((await room.call('GET', '/jobs?limit=1000000000')).status, 200);
    assert.equal((await room.call('GET', '/jobs?limit=0')).status, 400);
    assert.equal((await room.call('GET', `/jobs/${id}/results?partial=`)).json.code, 'JobNotStarted');
    await room.call('DELETE', `/jobs/${id}`);
  });

  test('one caller follows no more than 32 logs at a time, and those that end make room', async () => {
    const nodes = Array.from({ length: 300 }, (_, i) => [
      `n${i}`,
      {
        process_id: 'exp',
        arguments: { p: i === 0 ? { from_parameter: 'x' } : { from_node: `n${i - 1}` } },
        result: i === 299,
      },
    ]);
    const graph = ndviGraph('GTiff');
    graph.ndvi = {
      process_id: 'apply',
      arguments: { data: { from_node: 'load' }, process: { process_graph: Object.fromEntries(nodes) } },
    };
    const id = await create(graph);
    await room.call('POST', `/jobs/${id}/results`);
    const address = `${room.server.url.replace('http', 'ws')}/openeo/1.2/jobs/${id}/logs/stream`;
    // All at once: none may pass while another is being looked at.
    const asked = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = new WebSocket(address);
        const status = await new Promise<number>((resolve) => {
          socket.once('open', () => resolve(101));
          socket.once('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
        });
        return { socket, status };
      }),
    );
    const sockets = asked.flatMap(({ socket, status }) => (status === 101 ? [socket] : []));
    assert.equal(sockets.length, 32);
    assert.ok(asked.every(({ status }) => status === 101 || status === 429));
    assert.equal((await heard(address)).code, 429);
    assert.equal((await heard(address.replace(id, 'nothing'))).code, 429, 'refused before anybody is asked');
    await Promise.all(
      sockets.map(
        (socket) =>
          new Promise((resolve) => {
            socket.once('close', resolve);
            socket.close();
          }),
      ),
    );
    await delay(100);
    await room.call('DELETE', `/jobs/${id}/results`);
    for (let i = 0; i < 40; i++) {
      assert.equal((await heard(address.replace(id, 'nothing'))).code, 404);
      assert.equal((await room.call('GET', `/jobs/${id}/logs/stream`)).status, 404, 'that is no WebSocket');
    }
    assert.equal((await heard(address)).code, 1000);
    await room.call('DELETE', `/jobs/${id}`);
  });

  test('jobs are listed page by page, the newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await create(three, { title: `job ${i}` }));
    const listed: string[] = [];
    for (let next = '/jobs?limit=2'; next && listed.length < 5; ) {
      const { json } = await room.call('GET', next);
      conforms?.('GET /jobs', 200, json);
      assert.ok(json.jobs.length <= 2);
      assert.ok(json.jobs.every((job: Json) => !('process' in job)));
      listed.push(...json.jobs.map(({ id }: Json) => id));
      next = json.links.find(({ rel }: Json) => rel === 'next')?.href;
    }
    assert.deepEqual(listed.slice(0, 5), ids);
    for (const id of ids) await room.call('DELETE', `/jobs/${id}`);
  });

  test('what is given is changed, a change of nothing is none, and null takes away', async () => {
    const id = await create(three, { title: 'first', description: 'text' });
    for (const change of [{}, { title: 'second' }, { description: null }])
      assert.equal((await room.call('PATCH', `/jobs/${id}`, change)).status, 204);
    const { json } = await room.call('GET', `/jobs/${id}`);
    assert.deepEqual([json.title, 'description' in json], ['second', false]);
    assert.equal((await room.call('PATCH', '/jobs/nothing', {})).json.code, 'JobNotFound');
    const wrong = await room.call('PATCH', `/jobs/${id}`, {
      process: { process_graph: { a: { process_id: 'hop' } } },
    });
    assert.equal(wrong.status, 400);
    await room.call('DELETE', `/jobs/${id}`);
  });

  test('what cannot run is not taken, and ids that are none are refused without asking the store', async () => {
    const refused: [body: unknown, code: string][] = [
      [
        { process: { process_graph: { a: { process_id: 'hop', arguments: {}, result: true } } } },
        'ProcessUnsupported',
      ],
      [{ process: { process_graph: three }, plan: 'gold' }, 'BillingPlanInvalid'],
      [{ process: { process_graph: three }, log_level: 'loud' }, 'ArgumentInvalid'],
      [{ process: { process_graph: three }, title: 'a\0b' }, 'ArgumentInvalid'],
      [{ title: 'none' }, 'ArgumentInvalid'],
    ];
    for (const [body, code] of refused) {
      const { status, json } = await room.call('POST', '/jobs', body);
      assert.deepEqual([status, json.code], [400, code], JSON.stringify(json));
      conforms?.('POST /jobs', 400, json);
    }
    for (const id of ['a%00b', 'a%2Fb', '%27', 'x'.repeat(101)])
      for (const path of [`/jobs/${id}`, `/jobs/${id}/logs`, `/jobs/${id}/results`])
        assert.ok([400, 404].includes((await room.call('GET', path)).status), path);
    assert.equal((await room.call('GET', '/jobs/nothing/logs?offset=x')).status, 400);
  });
});
