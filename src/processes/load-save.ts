import { outputFormat } from '../formats/output-formats.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { anything, bandName, boolean, boundingBox, datacube, temporalInterval } from './schemas.ts';
import { type Arguments, cubeOf, textOf } from './value.ts';

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
      required('spatial_extent', 'A box, or null for all of it.', [
        boundingBox,
        { type: 'object', subtype: 'geojson', deprecated: true },
        datacube({ type: 'geometry' }),
        { type: 'null' },
      ]),
      required('temporal_extent', 'Start (included) and end (left out), or null.', [
        { ...temporalInterval, uniqueItems: true },
        { type: 'null' },
      ]),
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
    ],
    returns: ['The data cube, with the dimensions t, bands, y and x.', datacube()],
    exceptions: {
      NoDataAvailable: 'Nothing lies in these extents.',
      TemporalExtentEmpty: 'The interval ends before it starts.',
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
      required('format', 'Name of the format, in any case: GTiff, COG, JSON, CSV.', {
        type: 'string',
        subtype: 'output-format',
      }),
      optional('options', 'Options of the format.', { type: 'object', subtype: 'output-format-options' }, {}),
    ],
    returns: ['The saved result.', { type: 'object', subtype: 'stac' }],
    exceptions: {
      FormatUnsuitable: 'The format cannot hold such a cube.',
      DataCubeEmpty: 'The cube is empty, and the format cannot say so.',
    },
    run: ({ data, format, options = {} }, scope) => {
      const cube = cubeOf(data, 'data');
      scope.save(cube, outputFormat(textOf(format, 'format')).name, options as Arguments);
      return cube;
    },
  }),
];
