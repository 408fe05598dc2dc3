import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCube } from '../../src/cube/cube.ts';
import { evaluatePlanes } from '../../src/cube/evaluate-planes.ts';
import { cubeFromRaster, type RasterCube } from '../../src/cube/raster-cube.ts';
import { evaluateGraph } from '../../src/graph/evaluate.ts';
import { parseGraph } from '../../src/graph/parse.ts';

const cube = (bands: readonly string[]): RasterCube => ({
  dimensions: [
    { name: 't', type: 'temporal', labels: ['2022-05-01', '2022-06-01', '2022-07-01'] },
    { name: 'bands', type: 'bands', labels: bands },
    { name: 'run', type: 'other', labels: ['first', 'second'] },
  ],
  x: 'x',
  y: 'y',
  crs: 'EPSG:32632',
  transform: [10, 0, 0, 0, -10, 0],
  width: 1,
  height: 1,
  kind: 'number',
  // Hundreds: date, tens: band, ones: run.
  values: Float64Array.from({ length: 6 * bands.length }, (_, k) => {
    const [t, rest] = [Math.floor(k / (2 * bands.length)), k % (2 * bands.length)];
    return t * 100 + Math.floor(rest / 2) * 10 + (rest % 2);
  }),
});

/** Smallest and largest value along t, written into another dimension. */
async function run(bands: readonly string[], target: string) {
  const data = { from_parameter: 'data' };
  const { graph } = parseGraph({
    apply: {
      process_id: 'apply_dimension',
      arguments: {
        data,
        dimension: 't',
        target_dimension: target,
        process: { process_graph: { ends: { process_id: 'extrema', arguments: { data }, result: true } } },
      },
      result: true,
    },
  });
  const scope = { loaded: () => assert.fail('nothing to load'), save: () => undefined };
  const result = evaluateGraph(graph, { data: cubeFromRaster(cube(bands)) }, scope);
  assert.ok(isCube(result));
  const columns = await evaluatePlanes(result.planes, result.horizontal.window);
  return { dimensions: result.dimensions, values: columns.map(([value]) => value) };
}

describe('apply_dimension', () => {
  test('fills a dimension of one label with its results, and drops the one that it worked along', async () => {
    const { dimensions, values } = await run(['B04'], 'bands');
    assert.deepEqual(dimensions, [
      { name: 'bands', type: 'bands', labels: [0, 1] },
      { name: 'run', type: 'other', labels: ['first', 'second'] },
    ]);
    assert.deepEqual(values, [0, 1, 200, 201]);
  });

  test('puts the results of each label after those of the one before', async () => {
    const { dimensions, values } = await run(['B04', 'B08'], 'bands');
    assert.deepEqual(
      dimensions.map(({ labels }) => labels.length),
      [4, 2],
    );
    assert.deepEqual(values, [0, 1, 200, 201, 10, 11, 210, 211]);
    const last = await run(['B04', 'B08'], 'run');
    assert.deepEqual(
      last.dimensions.map(({ name }) => name),
      ['bands', 'run'],
    );
    assert.deepEqual(last.values, [0, 200, 1, 201, 10, 210, 11, 211]);
  });

  test('makes a new dimension where there is none of that name', async () => {
    const { dimensions, values } = await run(['B04'], 'ends');
    assert.deepEqual(dimensions[0], { name: 'ends', type: 'other', labels: [0, 1] });
    assert.deepEqual(values, [0, 1, 200, 201]);
  });
});
