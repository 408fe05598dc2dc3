import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { InvalidArgument } from '../../src/errors.ts';
import { transformArea } from '../../src/geometry/crs.ts';
import type { Area } from '../../src/geometry/polygon.ts';
import type { Parcel, ParcelSet } from '../../src/parcels/parcel.ts';
import { parcelBounds } from '../../src/tiles/parcel-bounds.ts';
import { parcelTiles } from '../../src/tiles/parcel-tiles.ts';

const box = (west: number, south: number, east: number, north: number): Area => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ],
});

const parcel = (pid: number, geometry: Area, crop = 'wheat'): Parcel => ({
  pid,
  label: `p<${pid}>`,
  crop,
  area: 1,
  geometry,
  attributes: { secret: 1 },
});

const set = (parcels: Parcel[], crs = 'OGC:CRS84'): ParcelSet => ({ name: 'test', crs, parcels });

/** The tile that holds a place in degrees, by the usual formulas. */
function tileAt(lon: number, lat: number, z: number): [z: number, x: number, y: number] {
  const y = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
  return [z, Math.floor((lon / 360 + 0.5) * 2 ** z), Math.floor(y * 2 ** z)];
}

function decode(bytes: Uint8Array | undefined) {
  assert.ok(bytes);
  const { layers } = new VectorTile(new PbfReader(bytes));
  assert.deepEqual(Object.keys(layers), ['parcels']);
  const layer = layers.parcels ?? assert.fail();
  return Array.from({ length: layer.length }, (_, i) => layer.feature(i));
}

describe('vector tiles of parcels', () => {
  test('carry the pid as feature id, and pid, label and crop as properties', () => {
    const tiles = parcelTiles(
      set([
        parcel(7, box(5.4, 52.3, 5.41, 52.31)),
        { ...parcel(8, box(5.41, 52.3, 5.42, 52.31)), crop: undefined },
      ]),
    );
    const features = decode(tiles(...tileAt(5.41, 52.305, 13)));
    assert.deepEqual(
      features.map(({ id, properties }) => ({ id, properties: { ...properties } })),
      [
        { id: 7, properties: { pid: 7, label: 'p<7>', crop: 'wheat' } },
        { id: 8, properties: { pid: 8, label: 'p<8>' } },
      ],
    );
  });

  test('give geometries back where they were, to the precision of the tile', () => {
    const corners = [5.4012, 52.3013, 5.4034, 52.3029] as const;
    const tiles = parcelTiles(set([parcel(1, box(...corners))]));
    const [z, x, y] = tileAt(5.402, 52.302, 14);
    const geometry = decode(tiles(z, x, y))[0]?.toGeoJSON(x, y, z).geometry;
    assert.equal(geometry?.type, 'Polygon');
    const [ring = []] = geometry.type === 'Polygon' ? geometry.coordinates : [];
    const bounds = [0, 1].flatMap((k) => [
      Math.min(...ring.map((p) => p[k] ?? NaN)),
      Math.max(...ring.map((p) => p[k] ?? NaN)),
    ]);
    const unit = 360 / 2 ** 14 / 4096;
    assert.ok(Math.abs((bounds[0] ?? NaN) - corners[0]) <= unit);
    assert.ok(Math.abs((bounds[1] ?? NaN) - corners[2]) <= unit);
    assert.ok(Math.abs((bounds[2] ?? NaN) - corners[1]) <= unit);
    assert.ok(Math.abs((bounds[3] ?? NaN) - corners[3]) <= unit);
  });

  test('are the same from projected parcels', () => {
    const area = box(5.4, 52.3, 5.41, 52.31);
    const degrees = parcelTiles(set([parcel(1, area)]));
    const metres = parcelTiles(
      set([parcel(1, transformArea(area, 'OGC:CRS84', 'EPSG:32631'))], 'EPSG:32631'),
    );
    const at = tileAt(5.405, 52.305, 12);
    const [one, other] = [degrees, metres].map(
      (tiles) => decode(tiles(...at))[0]?.loadGeometry() ?? assert.fail(),
    );
    assert.equal(one?.[0]?.length, other?.[0]?.length);
    one?.[0]?.forEach((point, i) => {
      const twin = other?.[0]?.[i] ?? assert.fail();
      assert.ok(Math.abs(point.x - twin.x) <= 1 && Math.abs(point.y - twin.y) <= 1);
    });
  });

  test('keep holes and parts', () => {
    const ring = (s: number) =>
      box(5.4 + s, 52.3 + s, 5.44 - s, 52.34 - s).coordinates[0] as readonly (readonly [number, number])[];
    const area: Area = {
      type: 'MultiPolygon',
      coordinates: [[ring(0), [...ring(0.01)].reverse()], [ring(0.015)]],
    };
    const tiles = parcelTiles(set([parcel(1, area)]));
    const [z, x, y] = tileAt(5.42, 52.32, 11);
    const geometry = decode(tiles(z, x, y))[0]?.toGeoJSON(x, y, z).geometry;
    assert.equal(geometry?.type, 'MultiPolygon');
    assert.deepEqual(
      geometry.type === 'MultiPolygon' && geometry.coordinates.map((part) => part.length),
      [2, 1],
    );
  });

  test('are cut at the tile and its margin', () => {
    const tiles = parcelTiles(set([parcel(1, box(4, 51, 7, 53))]));
    const [point] = decode(tiles(...tileAt(5.4, 52.3, 12)))[0]?.loadGeometry() ?? [];
    const xs = point?.map(({ x }) => x) ?? [];
    assert.deepEqual([Math.min(...xs), Math.max(...xs)], [-64, 4160]);
  });

  test('are undefined where no parcel is, and for an empty set', () => {
    const tiles = parcelTiles(set([parcel(1, box(5.4, 52.3, 5.41, 52.31))]));
    assert.equal(tiles(...tileAt(10, 10, 12)), undefined);
    assert.equal(parcelTiles(set([]))(0, 0, 0), undefined);
    assert.equal(parcelBounds(set([])), undefined);
  });

  test('are refused outside the world', () => {
    const tiles = parcelTiles(set([parcel(1, box(5.4, 52.3, 5.41, 52.31))]));
    for (const [z, x, y] of [
      [1, 2, 0],
      [-1, 0, 0],
      [25, 0, 0],
      [3, 0.5, 0],
      [3, 0, NaN],
    ] as const)
      assert.throws(() => tiles(z, x, y), InvalidArgument);
  });

  test('come in milliseconds from 100,000 parcels', () => {
    const parcels = Array.from({ length: 100_000 }, (_, i) => {
      const [x, y] = [5 + (i % 316) * 0.0035, 52 + Math.floor(i / 316) * 0.0025];
      return parcel(i + 1, box(x, y, x + 0.0035, y + 0.0025));
    });
    const tiles = parcelTiles(set(parcels));
    const begin = performance.now();
    const first = decode(tiles(...tileAt(5.45, 52.33, 13)));
    const middle = performance.now();
    const [z, x, y] = tileAt(5.5, 52.4, 13);
    for (let i = 0; i < 4; i++) tiles(z, x + i, y);
    const rest = performance.now() - middle;
    assert.ok(first.length > 100);
    assert.ok(middle - begin < 3000, `the first tile took ${middle - begin} ms`);
    assert.ok(rest < 500, `four tiles took ${rest} ms`);
  });
});

test('the bounds of parcels are those of their vertices in degrees', () => {
  const area = box(5.4, 52.3, 5.41, 52.31);
  assert.deepEqual(
    parcelBounds(set([parcel(1, area), parcel(2, box(5.5, 52, 5.6, 52.1))])),
    [5.4, 52, 5.6, 52.31],
  );
  const metres = set([parcel(1, transformArea(area, 'OGC:CRS84', 'EPSG:32631'))], 'EPSG:32631');
  parcelBounds(metres)?.forEach((value, i) => {
    assert.ok(Math.abs(value - ([5.4, 52.3, 5.41, 52.31][i] ?? NaN)) < 1e-7);
  });
});
