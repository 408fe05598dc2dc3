import { sharedWindow } from '../cube/align.ts';
import { type Cube, makeCube } from '../cube/cube.ts';
import type { Dimension } from '../cube/dimension.ts';
import type { JsonValue } from '../cube/geometries.ts';
import { geometryBounds, maskGeometries } from '../cube/inside-geometries.ts';
import { type Column, sourcePlane } from '../cube/plane.ts';
import { windowOfBox } from '../cube/spatial-window.ts';
import { vectorHorizontal } from '../cube/vector-cube.ts';
import { Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { toPixel } from './elementwise.ts';
import { boolean, datacube, horizontal, text } from './schemas.ts';
import { type Arguments, elementsOf } from './value.ts';
import { geometriesArgument, geometriesParameter, rasterOf } from './vector-arguments.ts';

function filterSpatial({ data, geometries: given }: Arguments): Cube {
  const cube = rasterOf(data, 'data', 'filter_spatial');
  const geometries = geometriesArgument(given, 'filter_spatial');
  const { frame, window } = cube.horizontal;
  const bbox = geometryBounds(geometries, frame.crs);
  const kept =
    bbox === undefined
      ? { ...window, width: 0, height: 0 }
      : sharedWindow(window, windowOfBox(frame, { bbox, crs: frame.crs }, window));
  const empty = kept.width === 0 || kept.height === 0;
  const cut = { ...cube.horizontal, window: empty ? { ...kept, width: 0, height: 0 } : kept };
  return maskGeometries(makeCube(cube.dimensions, cut, cube.planes), geometries);
}

function maskPolygon({ data, mask, replacement = null, inside = false }: Arguments): Cube {
  const cube = rasterOf(data, 'data', 'mask_polygon');
  const geometries = geometriesArgument(mask, 'mask_polygon');
  return maskGeometries(cube, geometries, { replacement: toPixel(replacement), inside: inside === true });
}

function loadGeojson({ data, properties = [] }: Arguments): Cube {
  const geometries = geometriesArgument(data, 'load_geojson');
  const names = elementsOf(properties, 'properties').map(String);
  const { features } = geometries;
  checkLimit('cubeBytes', Math.max(1, names.length) * features.length * 8, 'load_geojson');
  const column = (pixels: readonly number[]): Column => Float64Array.from(pixels);
  const columns =
    names.length === 0
      ? [column(features.map(() => Number.NaN))]
      : names.map((name) =>
          column(features.map((feature) => propertyNumber(feature.properties[name], name))),
        );
  const dimensions: Dimension[] =
    names.length === 0 ? [] : [{ name: 'properties', type: 'other', labels: names }];
  return makeCube(
    dimensions,
    vectorHorizontal(geometries),
    columns.map((values) => sourcePlane(async ({ x, width }) => values.slice(x, x + width))),
  );
}

function propertyNumber(value: JsonValue | undefined, name: string): number {
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  throw new Unsupported(`load_geojson: the property '${name}' holds ${typeof value}s; cubes hold numbers`);
}

const mixed = [{ type: 'number' }, { type: 'boolean' }, { type: 'string' }, { type: 'null' }] as const;

export const cubeSpatialProcesses: readonly Process[] = [
  define({
    id: 'filter_spatial',
    summary: 'Keep the pixels of geometries',
    description:
      'Cuts the cube to the box around the geometries; pixels in it whose centre lies in none of them become nodata. Of points the pixel is kept that they lie in.',
    categories: ['cubes', 'filter'],
    parameters: [
      required('data', 'The raster cube.', datacube(horizontal)),
      geometriesParameter('geometries', 'GeoJSON, or a vector cube.'),
    ],
    returns: ['The cube with fewer pixels.', datacube(horizontal)],
    run: filterSpatial,
  }),
  define({
    id: 'mask_polygon',
    summary: 'Blot out pixels outside of polygons',
    description:
      'Pixels whose centre lies in none of the polygons become nodata or the replacement; with inside those that lie in one. The extent stays, and so does nodata.',
    categories: ['cubes', 'masks'],
    parameters: [
      required('data', 'The raster cube.', datacube(horizontal)),
      geometriesParameter('mask', 'GeoJSON, or a vector cube, of polygons.', ['Polygon', 'MultiPolygon']),
      optional('replacement', 'What takes the place of masked pixels; null for nodata.', mixed, null),
      optional('inside', 'Whether the pixels inside are masked and those outside kept.', boolean, false),
    ],
    returns: ['The masked cube.', datacube(horizontal)],
    run: maskPolygon,
  }),
  define({
    id: 'load_geojson',
    summary: 'GeoJSON as a vector cube',
    description:
      'Polygons and points, with their properties; numeric properties can become values along a dimension properties. Coordinates are longitude and latitude unless the GeoJSON has a member crs.',
    categories: ['import', 'vector'],
    experimental: true,
    parameters: [
      required('data', 'A geometry, a Feature or a FeatureCollection.', {
        type: 'object',
        subtype: 'geojson',
      }),
      optional(
        'properties',
        'Names of properties whose values the cube is to hold.',
        { type: 'array', uniqueItems: true, items: text },
        [],
      ),
    ],
    returns: ['The vector cube.', datacube({ type: 'geometry' })],
    run: loadGeojson,
  }),
];
