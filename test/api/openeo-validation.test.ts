import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ndviGraph, type OpeneoRoom, startOpeneo, three } from './openeo-room.ts';
import { openeoSchemas } from './openeo-schemas.ts';

const conforms = openeoSchemas();

describe('processes are validated and computed at once', () => {
  let room: OpeneoRoom;
  before(async () => {
    room = await startOpeneo();
  });
  after(() => room?.[Symbol.asyncDispose]());
  const codes = async (process: unknown) => {
    const { status, json } = await room.call('POST', '/validation', process);
    assert.equal(status, 200, JSON.stringify(json));
    conforms?.('POST /validation', 200, json);
    return json.errors.map(({ code }: { code: string }) => code);
  };
  const compute = (process_graph: object, more = {}) =>
    room.call('POST', '/result', { process: { process_graph }, ...more });

  test('everything that is wrong is listed, also what only this server does not have', async () => {
    assert.deepEqual(await codes({ process_graph: ndviGraph('GTiff') }), []);
    assert.deepEqual(await codes({}), ['ProcessGraphMissing']);
    const graph = ndviGraph('PAPER');
    assert.deepEqual(await codes({ process_graph: graph }), ['FileTypeInvalid']);
    graph.load = {
      process_id: 'load_collection',
      arguments: { id: '/etc/passwd', spatial_extent: null, temporal_extent: null },
    };
    assert.deepEqual(await codes({ process_graph: graph }), ['FileTypeInvalid', 'CollectionNotFound']);
    graph.hop = { process_id: 'hop', arguments: {} };
    assert.ok((await codes({ process_graph: graph })).includes('ProcessUnsupported'));
  });

  test('a process that others call may refer to its own parameters, and to no others', async () => {
    const process_graph = {
      sum: {
        process_id: 'add',
        arguments: { x: { from_parameter: 'a' }, y: 1 },
        result: true,
      },
    };
    const parameters = [{ name: 'a', description: 'A number.', schema: { type: 'number' } }];
    assert.deepEqual(await codes({ process_graph, parameters }), []);
    assert.deepEqual(await codes({ process_graph }), ['ProcessGraphInvalid']);
    assert.deepEqual(await codes({ process_graph, parameters: 'a' }), ['ProcessGraphInvalid']);
  });

  test('a graph of too many nodes is an error of the process, not of the server', async () => {
    const deep = Array.from({ length: 10_001 }, (_, i) => [`n${i}`, three.sum]);
    assert.deepEqual(await codes({ process_graph: Object.fromEntries(deep) }), ['ProcessGraphComplexity']);
  });

  test('a single process answers its bare value', async () => {
    const { status, json, headers } = await compute(three);
    assert.equal(status, 200);
    assert.equal(json, 3);
    assert.equal(headers.get('openeo-costs'), '0');
    assert.ok(headers.get('openeo-identifier'));
  });

  test('conditions on images may be none, as clients write it', async () => {
    const graph = ndviGraph('JSON');
    const { arguments: given } = graph.load as { arguments: object };
    const under = (properties: unknown) => ({
      ...graph,
      load: { process_id: 'load_collection', arguments: { ...given, properties } },
    });
    const all = await compute(graph);
    assert.deepEqual((await compute(under({}))).json, all.json);
    assert.deepEqual((await compute(under(null))).json, all.json);
    assert.equal((await compute(under({ platform: 3 }))).json.code, 'ProcessParameterInvalid');
  });

  test('one file comes as it is, several as a tar archive', async () => {
    const one = await compute(ndviGraph('GTiff'));
    assert.match(one.headers.get('content-type') ?? '', /^image\/tiff; application=geotiff/);
    assert.equal(one.bytes.subarray(0, 2).toString(), 'II');
    assert.match(one.headers.get('content-disposition') ?? '', /^attachment; filename="[\w.-]+\.tif"$/);
    const several = await compute(ndviGraph('GTiff', true));
    assert.equal(several.headers.get('content-type'), 'application/x-tar');
    assert.equal(several.bytes.subarray(257, 262).toString(), 'ustar');
    assert.equal(several.headers.get('content-length'), String(several.bytes.length));
    const json = await compute(ndviGraph('JSON'));
    assert.equal(json.headers.get('content-type'), 'application/json');
    assert.equal(json.json.type, 'datacube');
  });

  test('what cannot be run is refused by its code before anything is computed', async () => {
    const refused: [body: unknown, status: number, code: string][] = [
      [
        { process: { process_graph: { a: { process_id: 'hop', arguments: {}, result: true } } } },
        400,
        'ProcessUnsupported',
      ],
      [{ process: { process_graph: {} } }, 400, 'ProcessGraphMissing'],
      [{ process: {} }, 400, 'ArgumentInvalid'],
      [{}, 400, 'ArgumentInvalid'],
      [undefined, 400, 'ArgumentInvalid'],
      ['{"process": ', 400, 'ArgumentInvalid'],
      [{ process: { process_graph: three }, plan: 'gold' }, 400, 'BillingPlanInvalid'],
      [{ process: { process_graph: three }, budget: -1 }, 400, 'ArgumentInvalid'],
    ];
    for (const [body, status, code] of refused) {
      const answer = await room.call('POST', '/result', body);
      assert.equal(answer.status, status, JSON.stringify(body));
      assert.equal(
        answer.json.code === 'ProcessGraphInvalid' ? 'ProcessGraphMissing' : answer.json.code,
        code,
      );
      conforms?.('POST /result', status, answer.json);
    }
  });

  test('who goes takes the computation along: the next is not kept waiting', async () => {
    const slow = Object.fromEntries(
      Array.from({ length: 400 }, (_, i) => [
        `n${i}`,
        {
          process_id: 'exp',
          arguments: { p: i === 0 ? { from_parameter: 'x' } : { from_node: `n${i - 1}` } },
        },
      ]),
    ) as Record<string, object>;
    slow.last = { process_id: 'ln', arguments: { x: { from_node: 'n399' } }, result: true };
    const graph = {
      load: (ndviGraph('GTiff') as { load: object }).load,
      apply: {
        process_id: 'apply',
        arguments: { data: { from_node: 'load' }, process: { process_graph: slow } },
        result: true,
      },
    };
    const gone = new AbortController();
    const waiting = Array.from({ length: 6 }, () =>
      fetch(`${room.server.url}/openeo/1.2/result`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ process: { process_graph: graph } }),
        signal: gone.signal,
      }),
    );
    setTimeout(() => gone.abort(), 300);
    const ends = await Promise.allSettled(waiting);
    assert.ok(ends.some(({ status }) => status === 'rejected'));
    const start = performance.now();
    assert.equal((await compute(three)).json, 3);
    assert.ok(performance.now() - start < 3_000, `${performance.now() - start} ms`);
  });
});
