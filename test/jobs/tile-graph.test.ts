import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessGraphInvalid } from '../../src/errors.ts';
import { validateGraph } from '../../src/graph/validate.ts';
import type { JsonObject } from '../../src/jobs/job.ts';
import { loadedBoxes, nodesOf, withinBox } from '../../src/jobs/tile-graph.ts';
import { meanNdvi } from './sample-graphs.ts';

const box = [1, 2, 3, 4] as const;

test('behind every node that loads a filter cuts to the box, and all that used it uses the filter', () => {
  const cut = nodesOf(withinBox(meanNdvi, box, 3857));
  assert.deepEqual(cut.load_within, {
    process_id: 'filter_bbox',
    arguments: { data: { from_node: 'load' }, extent: { west: 1, south: 2, east: 3, north: 4, crs: 3857 } },
  });
  assert.deepEqual((cut.ndvi as JsonObject).arguments, { data: { from_node: 'load_within' } });
  assert.deepEqual(validateGraph(withinBox(meanNdvi, box, 3857)), []);
});

test('a load that is the result hands that to its filter, names that are taken are not taken again', () => {
  const load = { process_id: 'load_collection', arguments: { id: 'a' }, result: true };
  const cut = nodesOf(withinBox({ load, load_within: { process_id: 'x', arguments: {} } }, box, 3857));
  assert.deepEqual(Object.keys(cut), ['load', 'load_within_', 'load_within']);
  assert.equal((cut.load as JsonObject).result, undefined);
  assert.equal((cut.load_within_ as JsonObject).result, true);
});

test('references inside of child processes are left alone, and odd graphs stay what they are', () => {
  const child = {
    process_graph: { load: { process_id: 'mean', arguments: { data: { from_node: 'load' } } } },
  };
  const graph = {
    load: { process_id: 'load_stac', arguments: { url: 'https://example.com' } },
    use: { process_id: 'apply', arguments: { data: [{ from_node: 'load' }], process: child } },
  };
  const cut = nodesOf(withinBox(graph, box, 3857));
  const args = (cut.use as JsonObject).arguments as JsonObject;
  assert.deepEqual(args.process, child);
  assert.deepEqual(args.data, [{ from_node: 'load_within' }]);
  assert.throws(() => withinBox([1], box, 3857), ProcessGraphInvalid);
  assert.throws(() => withinBox(null, box, 3857), ProcessGraphInvalid);
  const hostile = JSON.parse(
    '{"__proto__": {"process_id": "load_collection", "arguments": {"id": "a"}}, "b": 3}',
  );
  assert.deepEqual(Object.keys(nodesOf(withinBox(hostile, box, 3857))), [
    '__proto__',
    '__proto___within',
    'b',
  ]);
});

test('boxes of loading nodes are read in their own CRS, others are left out', () => {
  const extent = { west: 1, south: 2, east: 3, north: 4 };
  const node = (spatial_extent: unknown) => ({
    process_id: 'load_collection',
    arguments: { id: 'c', spatial_extent },
  });
  const boxes = loadedBoxes({
    a: node(extent),
    b: node({ ...extent, crs: 32632 }),
    c: node({ ...extent, west: '1' }),
    d: node({ type: 'Polygon', coordinates: [] }),
  } as unknown as JsonObject);
  assert.deepEqual(
    boxes.map(({ bbox, crs }) => [bbox, crs]),
    [
      [[1, 2, 3, 4], 'EPSG:4326'],
      [[1, 2, 3, 4], 'EPSG:32632'],
      [undefined, 'OGC:CRS84'],
      [undefined, 'OGC:CRS84'],
    ],
  );
});
