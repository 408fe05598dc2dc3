import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { computeVector } from '../../src/cube/compute.ts';
import { type Cube, makeCube } from '../../src/cube/cube.ts';
import { type GeometrySet, geometriesOf, type Shape } from '../../src/cube/geometries.ts';
import { sourcePlane } from '../../src/cube/plane.ts';
import { vectorHorizontal } from '../../src/cube/vector-cube.ts';
import { measureChunk, zonalPlanes, zonalPlans } from '../../src/cube/zonal.ts';
import { Cancelled, LimitExceeded, ProcessParameterInvalid, Unsupported } from '../../src/errors.ts';
import { containsPoint } from '../../src/geometry/area.ts';
import type { PixelWindow } from '../../src/raster/pixels.ts';

const width = 600;
const height = 500;
const frame = { crs: 'EPSG:32632', transform: [10, 0, 500_000, 0, -10, 5_000_000], width, height } as const;
const pixel = (x: number, y: number, plane: number): number =>
  (x * 7 + y * 13) % 11 === 0 ? Number.NaN : x + y * 1000 + plane * 0.25;

/** A cube of two planes that notes which windows of it are read. */
function countedCube(reads: PixelWindow[] = []): Cube {
  const planes = [0, 1].map((plane) =>
    sourcePlane(async (window) => {
      if (plane === 0) reads.push(window);
      const column = new Float64Array(window.width * window.height);
      for (let i = 0; i < column.length; i += 1)
        column[i] = pixel(window.x + (i % window.width), window.y + Math.floor(i / window.width), plane);
      return column;
    }),
  );
  const horizontal = { x: 'x', y: 'y', frame, window: { x: 0, y: 0, width, height } };
  return makeCube([{ name: 't', type: 'temporal', labels: ['a', 'b'] }], horizontal, planes);
}

function vector(cube: Cube, geometries: GeometrySet): Cube {
  const planes = zonalPlanes(cube, geometries, {
    outputs: 2,
    kinds: ['number', 'number'],
    reduce: (values) => [values.reduce<number>((sum, value) => sum + Number(value ?? 0), 0), values.length],
  });
  const result = { name: 'result', type: 'other', labels: [0, 1] } as const;
  return makeCube([...cube.dimensions, result], vectorHorizontal(geometries), planes);
}

const setOf = (shapes: readonly (Shape | undefined)[]): GeometrySet => ({
  crs: 'EPSG:32632',
  features: shapes.map((shape) => ({ properties: {}, shape })),
});

/** Sum and count of the pixels whose centres a shape holds, asked one by one. */
function expected(shape: Shape | undefined, plane: number): [sum: number, count: number] {
  let [sum, count] = [0, 0];
  if (shape === undefined || shape.type === 'Point' || shape.type === 'MultiPoint') return [sum, count];
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      if (containsPoint(shape, [500_000 + x * 10 + 5, 5_000_000 - y * 10 - 5])) {
        const value = pixel(x, y, plane);
        sum += Number.isNaN(value) ? 0 : value;
        count += 1;
      }
  return [sum, count];
}

/** Quadrilaterals whose edges meet no pixel centre. */
const quadrilateral = fc
  .record({
    x: fc.integer({ min: -20, max: width }),
    y: fc.integer({ min: -20, max: height }),
    side: fc.integer({ min: 1, max: 350 }),
    turn: fc.integer({ min: 1, max: 89 }),
  })
  .map(({ x, y, side, turn }): Shape => {
    const corners = [0, 90, 180, 270, 0].map((quarter) => {
      const angle = ((quarter + turn) * Math.PI) / 180;
      const radius = side * 10.0123;
      return [
        500_000.317 + x * 10 + Math.cos(angle) * radius,
        4_999_999.713 - y * 10 + Math.sin(angle) * radius,
      ] as const;
    });
    return { type: 'Polygon', coordinates: [corners] };
  });

describe('values of geometries', () => {
  test('equal those of pixels asked one by one, in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(quadrilateral, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 2 ** 12, max: 2 ** 24 }),
        async (shapes, chunkBytes) => {
          const set = setOf([...shapes, undefined]);
          const { values } = await computeVector(vector(countedCube(), set), set, { chunkBytes });
          const count = set.features.length;
          for (const [index, { shape }] of set.features.entries())
            for (const plane of [0, 1]) {
              const [sum, pixels] = expected(shape, plane);
              const at = (output: number) => values[(plane * 2 + output) * count + index];
              if (pixels === 0) assert.ok(Number.isNaN(at(0)) && Number.isNaN(at(1)));
              else {
                assert.equal(at(1), pixels);
                assert.ok(Math.abs((at(0) ?? 0) - sum) <= Math.abs(sum) * 1e-12, `${at(0)} ${sum}`);
              }
            }
        },
      ),
      { numRuns: 12 },
    );
  });

  test('no pixel is read twice, and none far from all geometries', async () => {
    const reads: PixelWindow[] = [];
    const square = (x: number, y: number, side: number): Shape => {
      const [west, north] = [500_000 + x * 10, 5_000_000 - y * 10];
      const [east, south] = [west + side * 10, north - side * 10];
      const ring = [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ] as const;
      return { type: 'Polygon', coordinates: [ring] };
    };
    const set = setOf([square(200, 100, 100), square(210, 110, 100), square(550, 450, 20)]);
    await computeVector(vector(countedCube(reads), set), set, { chunkBytes: 64 * 64 * 8 * 12 });
    assert.ok(reads.length > 3, 'several chunks');
    const seen = new Uint8Array(width * height);
    for (const { x, y, width: across, height: down } of reads)
      for (let row = y; row < y + down; row += 1)
        for (let column = x; column < x + across; column += 1) {
          assert.equal(seen[row * width + column], 0, `${column}, ${row} read twice`);
          seen[row * width + column] = 1;
        }
    assert.equal(seen[300 * width + 300], 0);
    assert.equal(seen[150 * width + 250], 1);
  });

  test('points take the pixel that they lie in, and each pixel once', async () => {
    const set = setOf([
      { type: 'Point', coordinates: [500_032, 4_999_971] },
      {
        type: 'MultiPoint',
        coordinates: [
          [500_032, 4_999_971],
          [500_033, 4_999_972],
          [500_042, 4_999_971],
        ],
      },
      { type: 'Point', coordinates: [499_999, 4_999_971] },
    ]);
    const { values } = await computeVector(vector(countedCube(), set), set);
    assert.deepEqual([...values.subarray(0, 2)], [pixel(3, 2, 0), pixel(3, 2, 0) + pixel(4, 2, 0)]);
    assert.deepEqual([...values.subarray(3, 5)], [1, 2]);
    assert.ok(Number.isNaN(values[2]));
  });

  test('chunks computed elsewhere give the same, and what fails there fails the whole', async () => {
    const set = setOf([{ type: 'Polygon', coordinates: [ringAround(300, 250, 200)] }]);
    const cube = vector(countedCube(), set);
    const alone = await computeVector(cube, set);
    let chunks = 0;
    const remote = {
      threads: 2,
      compute: () => Promise.reject(new Unsupported('not asked here')),
      measure: async (plan: number, planes: readonly number[], chunk: Parameters<typeof measureChunk>[2]) => {
        chunks += 1;
        const own = zonalPlans(cube.planes)[plan];
        assert.ok(own);
        return measureChunk(own, planes, chunk);
      },
    };
    const shared = await computeVector(cube, set, { remote, chunkBytes: 2 ** 19 });
    assert.ok(chunks > 1);
    for (const [index, value] of alone.values.entries())
      assert.ok(Math.abs(value - (shared.values[index] ?? 0)) <= Math.abs(value) * 1e-12);
    const failing = { ...remote, measure: () => Promise.reject(new Unsupported('no')) };
    await assert.rejects(computeVector(cube, set, { remote: failing, chunkBytes: 2 ** 19 }), Unsupported);
    await assert.rejects(computeVector(cube, set, { signal: AbortSignal.abort() }), Cancelled);
  });

  test('pixels of geometries that wait for further chunks have a limit', async (context) => {
    process.env.FURROW_MAX_CUBE_BYTES = '100000';
    context.after(() => delete process.env.FURROW_MAX_CUBE_BYTES);
    const set = setOf([{ type: 'Polygon', coordinates: [ringAround(300, 250, 200)] }]);
    const run = computeVector(vector(countedCube(), set), set, { chunkBytes: 2 ** 19 });
    await assert.rejects(run, LimitExceeded);
  });
});

function ringAround(x: number, y: number, radius: number): [number, number][] {
  const [left, top] = [500_000 + (x - radius) * 10 + 1, 5_000_000 - (y - radius) * 10 + 1];
  const far = radius * 20;
  return [
    [left, top],
    [left + far, top],
    [left + far, top - far],
    [left, top - far],
    [left, top],
  ];
}

describe('GeoJSON of a process graph', () => {
  const polygon = { type: 'Polygon', coordinates: [ringAround(10, 10, 5)] };

  test('may name its CRS, on the outside or in the geometry; else it is longitude and latitude', () => {
    const crs = { type: 'name', properties: { name: 'EPSG:32632' } };
    assert.equal(geometriesOf({ ...polygon, crs }, 'test').crs, 'EPSG:32632');
    assert.equal(geometriesOf({ type: 'Feature', geometry: { ...polygon, crs } }, 'test').crs, 'EPSG:32632');
    assert.equal(
      geometriesOf({ type: 'FeatureCollection', features: [polygon], crs }, 'test').crs,
      'EPSG:32632',
    );
    assert.equal(geometriesOf(polygon, 'test').crs, 'OGC:CRS84');
  });

  test('keeps ids and properties; null and empty geometries stay in their places', () => {
    const { features } = geometriesOf(
      {
        type: 'FeatureCollection',
        features: [
          { type: 'Feature', id: 'a', properties: { crop: 'wheat' }, geometry: polygon },
          { type: 'Feature', properties: null, geometry: null },
          { type: 'Feature', geometry: { type: 'Polygon', coordinates: [] } },
        ],
      },
      'test',
    );
    assert.deepEqual(
      features.map(({ id, properties, shape }) => [id, properties, shape?.type]),
      [
        ['a', { crop: 'wheat' }, 'Polygon'],
        [undefined, {}, undefined],
        [undefined, {}, undefined],
      ],
    );
  });

  test('is refused by name where it is none of these', () => {
    const refused: [unknown, new (...args: never[]) => Error][] = [
      [null, ProcessParameterInvalid],
      [{ type: 'Square' }, ProcessParameterInvalid],
      [{ type: 'FeatureCollection', features: [] }, ProcessParameterInvalid],
      [{ type: 'FeatureCollection', features: 'x' }, ProcessParameterInvalid],
      [{ type: 'FeatureCollection', features: [7] }, ProcessParameterInvalid],
      [{ type: 'Polygon', coordinates: [[[0, 0]]] }, ProcessParameterInvalid],
      [{ type: 'Point', coordinates: ['x', 1] }, ProcessParameterInvalid],
      [
        {
          type: 'LineString',
          coordinates: [
            [0, 0],
            [1, 1],
          ],
        },
        Unsupported,
      ],
      [{ type: 'GeometryCollection', geometries: [] }, Unsupported],
    ];
    for (const [json, error] of refused)
      assert.throws(() => geometriesOf(json, 'test'), error, JSON.stringify(json));
  });
});

test('geometries upon each other, many times over, have a limit', async (context) => {
  process.env.FURROW_MAX_WINDOW_BYTES = '2000000';
  context.after(() => delete process.env.FURROW_MAX_WINDOW_BYTES);
  const heap = setOf(
    Array.from({ length: 30 }, () => ({ type: 'Polygon', coordinates: [ringAround(100, 100, 80)] }) as const),
  );
  await assert.rejects(computeVector(vector(countedCube(), heap), heap), LimitExceeded);
});
