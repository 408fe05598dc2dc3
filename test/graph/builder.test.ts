import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvalidArgument, ProcessUnsupported, Unsupported } from '../../src/errors.ts';
import { CubeBuilder, type CubeVerbs, load_collection } from '../../src/graph/builder.ts';
import { arrayOf, Expression } from '../../src/graph/expression.ts';
import { rangesOf } from '../../src/graph/mask-clouds.ts';
import type { ProcessGraph } from '../../src/graph/process-graph.ts';
import { validateGraph } from '../../src/graph/validate.ts';
import { processes } from '../../src/processes/registry.ts';

const season = load_collection('demo', {
  temporal_extent: ['2026-03-01', '2026-10-01'],
  bands: ['red', 'nir', 'scl'],
});

describe('building process graphs', () => {
  test('a chain writes the graph that openEO clients would send', () => {
    const graph = season.ndvi().reduce_dimension({ dimension: 't', reducer: 'max' }).graph.toJSON();
    assert.deepEqual(graph, {
      loadcollection1: {
        process_id: 'load_collection',
        arguments: {
          id: 'demo',
          spatial_extent: null,
          temporal_extent: ['2026-03-01', '2026-10-01'],
          bands: ['red', 'nir', 'scl'],
        },
      },
      ndvi1: { process_id: 'ndvi', arguments: { data: { from_node: 'loadcollection1' } } },
      reducedimension1: {
        process_id: 'reduce_dimension',
        arguments: {
          data: { from_node: 'ndvi1' },
          reducer: {
            process_graph: {
              max1: { process_id: 'max', arguments: { data: { from_parameter: 'data' } }, result: true },
            },
          },
          dimension: 't',
        },
        result: true,
      },
    });
  });

  test('functions build child processes, and what they share stands there once', () => {
    const evi = season.reduce_dimension({
      dimension: 'bands',
      reducer: (data) => {
        const [red, nir] = [data.band('B04'), data.band('B08')];
        return nir
          .subtract(red)
          .multiply(2.5)
          .divide(nir.add(red.multiply(2.4)).add(1));
      },
    });
    const reducer = evi.graph.toJSON().reducedimension1?.arguments.reducer as unknown as {
      process_graph: ProcessGraph;
    };
    const child = reducer.process_graph;
    assert.deepEqual(
      Object.values(child)
        .map(({ process_id }) => process_id)
        .sort(),
      ['add', 'add', 'array_element', 'array_element', 'divide', 'multiply', 'multiply', 'subtract'],
    );
    assert.deepEqual(validateGraph(evi.toJSON()), []);
  });

  test('a builder is never changed by what is built from it', () => {
    const before = JSON.stringify(season.graph);
    season.mask_clouds().ndvi();
    season.filter_bands(['red']);
    assert.equal(JSON.stringify(season.graph), before);
  });

  test('every process on cubes is a method, every other one a method of expressions', () => {
    // merge_cubes and mask take a second cube; loading starts a chain; constants and arrays are literals, and what changes arrays is JavaScript's.
    const elsewhere = new Set([
      'load_collection',
      'load_stac',
      'load_geojson',
      'array_create',
      'array_labels',
      'array_apply',
      'array_filter',
      'array_find_label',
      'array_modify',
      'array_create_labeled',
      'rearrange',
      'text_find',
      'text_concat',
      'date_shift',
      'date_difference',
      'pi',
      'e',
      'nan',
      'constant',
    ]);
    for (const [id, { definition }] of processes) {
      if (elsewhere.has(id)) continue;
      const first = [definition.parameters[0]?.schema].flat()[0];
      const owner =
        first !== undefined && 'subtype' in first && first.subtype === 'datacube' ? CubeBuilder : Expression;
      assert.equal(
        typeof (owner.prototype as unknown as Record<string, unknown>)[id],
        'function',
        `${owner.name}.${id}`,
      );
    }
  });

  test('mask_clouds expands into processes of the specification and keeps their meaning', () => {
    const graph = season.mask_clouds({ classes: [8, 9, 10, 3] }).graph.toJSON();
    assert.deepEqual(
      Object.values(graph).map(({ process_id }) => process_id),
      ['load_collection', 'filter_bands', 'reduce_dimension', 'mask'],
    );
    assert.deepEqual(rangesOf([8, 9, 10, 3, 9]), [
      [3, 3],
      [8, 10],
    ]);
    assert.deepEqual(validateGraph(season.mask_clouds().toJSON()), []);
  });

  test('every verb of the chain gives a valid graph', () => {
    const ring = [
      [8, 47],
      [8.1, 47],
      [8.1, 47.1],
      [8, 47],
    ];
    const field = { type: 'Polygon', coordinates: [ring] };
    const other = season.filter_bands(['red']);
    const cubes = [
      season.filter_bbox({ west: 1, south: 2, east: 3, north: 4, crs: 32632 }),
      season.apply({ process: (x, context) => x.multiply(context).clip(0, 1).round(3), context: 2 }),
      season.apply({ process: 'sqrt' }),
      season.apply({ process: (x) => x.between(0, 1).and(x.is_valid().not()).if(1, x) }),
      season.apply_dimension({ dimension: 't', process: (data) => data.quantiles([0.1, 0.9]) }),
      season.aggregate_temporal({
        intervals: [
          ['2026-03-01', '2026-06-01'],
          ['2026-06-01', null],
        ],
        reducer: 'mean',
        labels: ['a', 'b'],
      }),
      season.merge_cubes(other, { overlap_resolver: 'max' }),
      season.merge_cubes(other, { overlap_resolver: (x, y) => x.add(y).divide(2) }),
      season.mask(other.reduce_dimension({ dimension: 'bands', reducer: (data) => data.at(0).gt(0.5) }), {
        replacement: 0,
      }),
      season.rename_labels({ dimension: 'bands', source: ['B04'], target: ['red'] }),
      season
        .ndvi({ target_band: 'ndvi' })
        .filter_bands(['ndvi'])
        .drop_dimension('bands')
        .add_dimension({ name: 'x2', label: 1 }),
      season.reduce_dimension({
        dimension: 'bands',
        reducer: (data) => arrayOf(data.first(), 1, null).count(),
      }),
      season.ndvi().save_result('GTiff', { compression: 'deflate' }),
      season.resample_spatial({ resolution: [20, 20], projection: 3035, method: 'average' }),
      season.resample_cube_spatial(other, { method: 'bilinear' }),
      season.filter_spatial(field).mask_polygon(field, { inside: true }),
      season.filter_labels({ dimension: 't', condition: (value) => value.neq('2026-05-01') }),
      season
        .aggregate_spatial({ geometries: field, reducer: (data) => arrayOf(data.mean(), data.sd()) })
        .save_result('netCDF'),
      load_collection('demo', { properties: { 'eo:cloud_cover': (value) => value.lte(20) } }),
    ];
    for (const cube of cubes) assert.deepEqual(validateGraph(cube.toJSON()), [], JSON.stringify(cube.graph));
  });

  test('what cannot be written is refused where it is built', () => {
    assert.throws(() => season.apply({ process: 'frobnicate' }), ProcessUnsupported);
    assert.throws(() => season.apply({ process: (x) => x.add(Number.NaN) }).toJSON(), InvalidArgument);
    assert.throws(() => season.execute(), Unsupported);
  });

  test('verbs of the chain run where it was started', async () => {
    const asked: string[] = [];
    const verbs: CubeVerbs<string> = {
      execute: () => Promise.reject(new Unsupported('not here')),
      preview: async (graph, options) => `${Object.keys(graph).length} nodes, ${options?.colors}`,
      save: async (_graph, path) => {
        asked.push(path);
        return [path];
      },
    };
    const cube = load_collection('demo', {}, verbs).ndvi();
    assert.equal(await cube.preview({ colors: 'viridis' }), '2 nodes, viridis');
    assert.deepEqual(await cube.save('ndvi.tif'), ['ndvi.tif']);
    assert.deepEqual(asked, ['ndvi.tif']);
  });
});
