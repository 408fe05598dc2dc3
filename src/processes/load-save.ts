import { FormatUnsupported, ProcessException, ProcessParameterInvalid } from '../errors.ts';
import { formatOptions, outputFormat, outputFormats } from '../formats/output-formats.ts';
import { define, optional, required } from './define.ts';
import type { ArgumentProblem, JsonSchema, Process, ProcessParameter } from './definition.ts';
import { anything, bandName, boolean, boundingBox, datacube, temporalInterval } from './schemas.ts';
import { type Arguments, cubeOf, textOf } from './value.ts';

const interval = 'Start (included) and end (left out), or null.';
const intervalSchema: readonly JsonSchema[] = [{ ...temporalInterval, uniqueItems: true }, { type: 'null' }];

const bandsAndProperties: readonly ProcessParameter[] = [
  optional(
    'bands',
    'Names or common names, in the wanted order; null for all bands.',
    [{ type: 'array', minItems: 1, items: bandName }, { type: 'null' }],
    null,
  ),
  optional(
    'properties',
    'Conditions on metadata of the images.',
    [
      {
        type: 'object',
        subtype: 'metadata-filter',
        additionalProperties: {
          type: 'object',
          subtype: 'process-graph',
          parameters: [required('value', 'The value of the property.', anything)],
          returns: { description: 'Whether the image is loaded.', schema: boolean },
        },
      },
      { type: 'null' },
    ],
    null,
  ),
];

/** The format and its options, as far as the graph states them. */
function formatProblems({ format, options }: Arguments): ArgumentProblem[] {
  if (typeof format !== 'string') return [];
  try {
    const chosen = outputFormat(format);
    if (options !== undefined && options !== null) formatOptions(chosen, options as Arguments);
    return [];
  } catch (error) {
    if (error instanceof FormatUnsupported) return [{ code: error.code, message: error.message }];
    if (error instanceof ProcessParameterInvalid) return [{ code: error.code, message: error.message }];
    throw error;
  }
}

export const loadSaveProcesses: readonly Process[] = [
  define({
    id: 'load_collection',
    summary: 'Open a collection as a data cube',
    description:
      'Values come with scale and offset applied; nodata is nodata. Products of one acquisition become one date. Only the pixels, dates and bands that later processes need are read.',
    categories: ['cubes', 'import'],
    parameters: [
      required('id', 'Name or address of the collection.', {
        type: 'string',
        subtype: 'collection-id',
        pattern: '^[\\w\\-\\.~/]+$',
      }),
      required('spatial_extent', 'A box, GeoJSON, or null for all of it.', [
        boundingBox,
        { type: 'object', subtype: 'geojson', deprecated: true },
        datacube({ type: 'geometry' }),
        { type: 'null' },
      ]),
      required('temporal_extent', interval, intervalSchema),
      ...bandsAndProperties,
    ],
    returns: ['The data cube, with the dimensions t, bands, y and x.', datacube()],
    exceptions: {
      NoDataAvailable: 'Nothing lies in these extents.',
      TemporalExtentEmpty: 'The interval ends before it starts.',
    },
    run: (_args, scope) => scope.loaded(),
  }),
  define({
    id: 'load_stac',
    summary: 'Open a STAC document as a data cube',
    description:
      'An item, an item collection, a collection or a static catalog at a public address. Values come with scale and offset applied; everything else is as for load_collection.',
    categories: ['cubes', 'import'],
    experimental: true,
    parameters: [
      required('url', 'Address of the document.', {
        type: 'string',
        format: 'uri',
        subtype: 'uri',
        pattern: '^https?://',
      }),
      optional(
        'spatial_extent',
        'A box, GeoJSON, or null for all of it.',
        [
          boundingBox,
          { type: 'object', subtype: 'geojson' },
          datacube({ type: 'geometry' }),
          { type: 'null' },
        ],
        null,
      ),
      optional('temporal_extent', interval, intervalSchema, null),
      ...bandsAndProperties,
    ],
    returns: ['The data cube, with the dimensions t, bands, y and x.', datacube()],
    exceptions: {
      NoDataAvailable: 'Nothing lies in these extents.',
      TemporalExtentEmpty: 'The interval ends before it starts.',
      PropertiesUnsupported: 'The source has no properties to filter by. Not thrown here: items have them.',
    },
    run: (_args, scope) => scope.loaded(),
  }),
  define({
    id: 'save_result',
    summary: 'Say in which format the result is wanted',
    description: 'The cube itself passes through.',
    categories: ['cubes', 'export', 'stac'],
    parameters: [
      required('data', 'The data cube.', datacube()),
      required(
        'format',
        `Name of the format, in any case: ${outputFormats.map(({ name }) => name).join(', ')}.`,
        {
          type: 'string',
          subtype: 'output-format',
        },
      ),
      optional('options', 'Options of the format.', { type: 'object', subtype: 'output-format-options' }, {}),
    ],
    returns: ['The saved result.', { type: 'object', subtype: 'stac' }],
    exceptions: {
      FormatUnsuitable: 'The format cannot hold such a cube.',
      DataCubeEmpty: 'The cube is empty, and the format cannot say so.',
    },
    check: formatProblems,
    run: ({ data, format, options = {} }, scope) => {
      const cube = cubeOf(data, 'data');
      const chosen = outputFormat(textOf(format, 'format'));
      formatOptions(chosen, options as Arguments);
      const needed = cube.horizontal.geometries === undefined ? 'raster' : 'vector';
      if (!chosen.gisDataTypes.includes(needed))
        throw new ProcessException('FormatUnsuitable', `${chosen.name} cannot hold a ${needed} cube`);
      scope.save(cube, chosen.name, options as Arguments);
      return cube;
    },
  }),
];
