import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openCollection } from '../../src/catalog/open-collection.ts';
import type { RasterCube } from '../../src/cube/raster-cube.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { Unsupported } from '../../src/errors.ts';
import { linkPlan } from '../../src/graph/link.ts';
import { type RunContext, runGraph } from '../../src/graph/run.ts';
import { rangeServer } from '../storage/range-server.ts';

/** One date of a collection. The text is parsed, so that `__proto__` is a key like another. */
const graphOf = (node: string): unknown =>
  JSON.parse(`{
    "${node}": { "process_id": "load_collection",
      "arguments": { "id": "demo", "spatial_extent": null, "temporal_extent": null, "bands": ["red", "nir"] } },
    "reduce": { "process_id": "reduce_dimension", "result": true, "arguments": {
      "data": { "from_node": "${node}" }, "dimension": "t",
      "reducer": { "process_graph": { "max": { "process_id": "max", "result": true,
        "arguments": { "data": { "from_parameter": "data" } } } } } } } }`);

describe('a graph run in worker threads', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-workers-'));
  let address = '';
  before(async () => {
    address = (await makeDemoSeason({ folder: join(folder, 'demo'), size: 64, dates: 2 })).collection;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function run(graph: unknown, from: string, options: Partial<RunContext>): Promise<RasterCube> {
    const result = await runGraph(graph, {
      openCollection: (_id, { signal }) => openCollection(from, { signal }),
      ...options,
    });
    assert.ok(result.kind === 'cube');
    return result.cube;
  }

  test('a local address that the user typed is read there too', async () => {
    const root = join(folder, 'demo');
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
    const paths = files.map((file) => join(file.parentPath, file.name));
    const objects = Object.fromEntries(
      paths.map((path) => [path.slice(root.length).replaceAll('\\', '/'), readFileSync(path)]),
    );
    await using server = await rangeServer(objects);
    let chunks = 0;
    const remote = await run(graphOf('load'), `${server.origin}/collection.json`, {
      threads: 2,
      chunkBytes: 60_000,
      onProgress: (_done, total) => {
        chunks = total;
      },
    });
    assert.ok(chunks >= 2, `${chunks} chunks`);
    assert.deepEqual(remote, await run(graphOf('load'), address, { threads: 0 }));
  });

  test('a node may have the name of what every object has', async () => {
    const expected = await run(graphOf('load'), address, { threads: 0 });
    for (const node of ['__proto__', 'constructor'])
      assert.deepEqual(await run(graphOf(node), address, { threads: 2, chunkBytes: 60_000 }), expected);
  });

  test('a node that nobody planned is refused by name, whatever its name', () => {
    for (const node of ['__proto__', 'constructor', 'load'])
      assert.throws(() => linkPlan({ graph: graphOf(node) as never, loads: new Map() }), Unsupported);
  });
});
