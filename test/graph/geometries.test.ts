import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { planeValues, type RasterCube } from '../../src/cube/raster-cube.ts';
import type { VectorCube } from '../../src/cube/vector-cube.ts';
import { EgressRefused, FormatUnsupported, NoData, ProcessException } from '../../src/errors.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import type { Polygon } from '../../src/geometry/polygon.ts';
import { pixelRuns } from '../../src/geometry/rasterize.ts';
import { type CubeBuilder, load_collection } from '../../src/graph/builder.ts';
import { arrayOf } from '../../src/graph/expression.ts';
import { type RunContext, runGraph } from '../../src/graph/run.ts';
import { validateGraph } from '../../src/graph/validate.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

const season = sharedData('data', 's2-l2a-swiss-wheat-2022');
const farm = { west: 475780, south: 5254100, east: 476680, north: 5255640, crs: 32632 };
const context: RunContext = {
  openCollection: (_id, options) => openCollection(`${season}/collection.json`, options),
};

/** Fields of the farm in metres: one at the border, a turned one, one that is nearly all of it, one elsewhere. */
const inMetres: readonly Polygon[] = [
  [476591, 5254783, 476673, 5254783, 476673, 5254970, 476591, 5254970],
  [475851, 5254403, 475963, 5254441, 475931, 5254581, 475823, 5254543],
  [475787, 5254107, 476673, 5254109, 476671, 5255633, 475789, 5255631],
  [400001, 5200001, 400101, 5200001, 400101, 5200101, 400001, 5200101],
].map((corners) => {
  const ring = [0, 2, 4, 6, 0].map((k) => [corners[k] ?? 0, corners[k + 1] ?? 0] as const);
  return { type: 'Polygon', coordinates: [ring] };
});
const fields = {
  type: 'FeatureCollection',
  features: inMetres.map((area, id) => ({
    type: 'Feature',
    id,
    properties: { id },
    geometry: transformArea(area, 'EPSG:32632', 'OGC:CRS84'),
  })),
} as never;

const loaded = load_collection('swiss', {
  spatial_extent: farm,
  temporal_extent: ['2022-04-01', '2022-06-15'],
  bands: ['red', 'nir', 'scl'],
});
const ndvi = loaded.mask_clouds().ndvi();

async function rasterOf(builder: CubeBuilder, options: Partial<RunContext> = {}): Promise<RasterCube> {
  const result = await runGraph(builder.toJSON(), { ...context, ...options });
  assert.ok(result.kind === 'cube');
  return result.cube;
}
async function vectorOf(builder: CubeBuilder, options: Partial<RunContext> = {}): Promise<VectorCube> {
  const result = await runGraph(builder.toJSON(), { ...context, ...options });
  assert.ok(result.kind === 'vector');
  return result.cube;
}

/** The valid pixels of a field in one plane of a computed cube. */
function pixelsOf(cube: RasterCube, plane: number, area: Polygon): number[] {
  const runs = pixelRuns(area, cube);
  const values = planeValues(cube, plane);
  const found: number[] = [];
  for (let i = 0; i < runs.length; i += 3)
    for (let column = runs[i + 1] ?? 0; column < (runs[i + 2] ?? 0); column += 1)
      found.push(values[(runs[i] ?? 0) * cube.width + column] ?? Number.NaN);
  return found.filter((value) => !Number.isNaN(value));
}
const mean = (values: readonly number[]) =>
  values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
function near(actual: number | undefined, expected: number): void {
  if (Number.isNaN(expected)) assert.ok(Number.isNaN(actual), `${actual} is not nodata`);
  else
    assert.ok(
      Math.abs((actual ?? Number.NaN) - expected) <= 1e-9 * (1 + Math.abs(expected)),
      `${actual} ${expected}`,
    );
}

describe('geometries of a process graph', { skip: season === undefined && withoutSharedData }, () => {
  test('means of fields equal those of their pixels, in this thread and in workers', async () => {
    const cube = await rasterOf(ndvi, { precision: 'float64' });
    const series = ndvi.aggregate_spatial({ geometries: fields, reducer: 'mean' });
    const dates = cube.dimensions[0]?.labels.length ?? 0;
    assert.ok(dates > 3);
    let valid = 0;
    for (const options of [{ threads: 0 }, { threads: 2, chunkBytes: 2 ** 20 }]) {
      const { values, dimensions } = await vectorOf(series, options);
      assert.deepEqual(dimensions, cube.dimensions);
      for (let date = 0; date < dates; date += 1)
        for (const [field, area] of inMetres.entries()) {
          const expected = mean(pixelsOf(cube, date, area));
          near(values[date * inMetres.length + field], expected);
          if (!Number.isNaN(expected)) valid += 1;
        }
    }
    assert.ok(valid > 40);
  });

  test('several results and counts become a dimension; vector cubes go on like any other', async () => {
    const several = await vectorOf(
      ndvi.aggregate_spatial({ geometries: fields, reducer: (data) => arrayOf(data.mean(), data.count()) }),
    );
    assert.deepEqual(several.dimensions.at(-1), { name: 'result', type: 'other', labels: [0, 1] });
    const counted = await vectorOf(
      ndvi.aggregate_spatial({ geometries: fields, reducer: 'mean', target_dimension: 'counts' }),
    );
    assert.deepEqual(counted.dimensions.at(-1)?.labels, ['value', 'total_count', 'valid_count']);
    const count = inMetres.length;
    for (let date = 0; date < several.values.length / count / 2; date += 1)
      for (let field = 0; field < count; field += 1) {
        const [value, valid] = [0, 1].map(
          (k) => several.values[(date * 2 + k) * count + field] ?? Number.NaN,
        );
        near(counted.values[date * 3 * count + field], value ?? Number.NaN);
        near(counted.values[(date * 3 + 2) * count + field], valid ?? Number.NaN);
      }
    const series = ndvi.aggregate_spatial({ geometries: fields, reducer: 'mean' });
    const [plain, peak] = [
      await vectorOf(series),
      await vectorOf(
        series.apply({ process: (x) => x.multiply(2) }).reduce_dimension({ dimension: 't', reducer: 'max' }),
      ),
    ];
    for (let field = 0; field < count; field += 1) {
      const own = plain.values.filter(
        (_, i) => i % count === field && !Number.isNaN(plain.values[i] ?? Number.NaN),
      );
      near(peak.values[field], own.length === 0 ? Number.NaN : 2 * Math.max(...own));
    }
    const merged = await vectorOf(
      series
        .add_dimension({ name: 'bands', label: 'a', type: 'bands' })
        .merge_cubes(series.add_dimension({ name: 'bands', label: 'b', type: 'bands' })),
    );
    assert.equal(merged.values.length, plain.values.length * 2);
    const other = ndvi.aggregate_spatial({ geometries: inMetres[0] as never, reducer: 'mean' });
    await assert.rejects(
      vectorOf(series.merge_cubes(other, { overlap_resolver: 'max' })),
      (error) => error instanceof ProcessException && error.code === 'IncompatibleDataCubes',
    );
  });

  test('an extent of GeoJSON loads the box around it and leaves the rest of the box nodata', async () => {
    const [, turned] = inMetres;
    assert.ok(turned);
    const geometry = transformArea(turned, 'EPSG:32632', 'OGC:CRS84');
    const box = await rasterOf(ndvi, { precision: 'float64' });
    const graph = ndvi.toJSON().process_graph;
    const [loadNode] = Object.keys(graph);
    const changed = structuredClone(graph) as Record<string, { arguments: Record<string, unknown> }>;
    const args = changed[loadNode ?? '']?.arguments;
    assert.ok(args);
    args.spatial_extent = geometry;
    const byGraph = await runGraph(changed, { ...context, precision: 'float64' });
    assert.ok(byGraph.kind === 'cube');
    const filtered = await rasterOf(ndvi.filter_spatial(geometry as never), { precision: 'float64' });
    for (const cube of [byGraph.cube, filtered]) {
      assert.ok(cube.width < 40 && cube.height < 40);
      const last = (box.dimensions[0]?.labels.length ?? 0) - 1;
      assert.deepEqual(pixelsOf(cube, last, turned), pixelsOf(box, last, turned));
      let inside = 0;
      for (let date = 0; date <= last; date += 1) inside += pixelsOf(box, date, turned).length;
      assert.ok(inside > 100);
      assert.equal(cube.values.filter((value) => !Number.isNaN(value)).length, inside);
    }
    const elsewhere = load_collection('swiss', { bands: ['red'] }).filter_spatial(inMetres[3] as never);
    await assert.rejects(runGraph(elsewhere.toJSON(), context), NoData);
  });

  test('a STAC address of a graph is fetched within the egress policy only', async (t) => {
    const server = createServer((request, response) => {
      const path = join(season ?? '', normalize(decodeURIComponent(request.url ?? '/')));
      stat(path).then(
        ({ size }) => {
          const range = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.range ?? '');
          const from = Number(range?.[1] ?? 0);
          const to = Math.min(size - 1, Number(range?.[2] ?? size - 1));
          const headers = {
            'content-length': String(to - from + 1),
            'accept-ranges': 'bytes',
            etag: `"${size}"`,
          };
          response.writeHead(
            range ? 206 : 200,
            range ? { ...headers, 'content-range': `bytes ${from}-${to}/${size}` } : headers,
          );
          createReadStream(path, { start: from, end: to }).pipe(response);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const graphOf = (url: string) => ({
      load: {
        process_id: 'load_stac',
        arguments: {
          url,
          spatial_extent: farm,
          temporal_extent: ['2022-05-01', '2022-05-15'],
          bands: ['red'],
        },
        result: true,
      },
    });
    const address = `http://127.0.0.1:${port}/collection.json`;
    await assert.rejects(runGraph(graphOf(address), context), EgressRefused);
    await assert.rejects(
      runGraph(graphOf(address.replace('127.0.0.1', 'localhost')), context),
      EgressRefused,
    );
    for (const local of [
      `${season}/collection.json`,
      `file://${season}/collection.json`,
      's3://bucket/c.json',
    ])
      assert.deepEqual(
        validateGraph(graphOf(local)).map(({ code }) => code),
        ['ProcessParameterInvalid'],
      );
    const allowed = await runGraph(graphOf(address), {
      ...context,
      openStac: (url, options) => openCollection(url, options),
    });
    assert.ok(allowed.kind === 'cube');
    const same = await rasterOf(
      load_collection('swiss', {
        spatial_extent: farm,
        temporal_extent: ['2022-05-01', '2022-05-15'],
        bands: ['red'],
      }),
    );
    assert.deepEqual(allowed.cube.values, same.values);
  });
});

describe('validation', () => {
  const saved = (format: string, options = {}) =>
    load_collection('demo')
      .save_result(format, options as never)
      .toJSON();

  test('tells unknown formats, options that a format has not, and methods that are not built', () => {
    const codes = (graph: unknown) => validateGraph(graph).map(({ code }) => code);
    assert.deepEqual(codes(saved('NetCDF')), []);
    assert.deepEqual(codes(saved('GRIB')), ['FileTypeInvalid']);
    assert.deepEqual(codes(saved('PNG', { min: 0, colormap: 'ndvi' })), []);
    assert.deepEqual(codes(saved('PNG', { minimum: 0 })), ['ProcessParameterInvalid']);
    assert.deepEqual(codes(saved('PNG', { min: '0' })), ['ProcessParameterInvalid']);
    const resampled = load_collection('demo').resample_spatial({
      resolution: 20,
      method: 'lanczos' as never,
    });
    assert.deepEqual(codes(resampled.toJSON()), ['FeatureUnsupported']);
    assert.deepEqual(codes({ process: { process_graph: saved('GRIB').process_graph } }), ['FileTypeInvalid']);
  });

  test('the format that a run refuses is the one that validation names', async () => {
    const never = { openCollection: () => Promise.reject(new NoData('not opened')) };
    await assert.rejects(runGraph(saved('GRIB'), never), FormatUnsupported);
  });
});
