import { sharedWindow } from '../cube/align.ts';
import { instantOf } from '../cube/calendar.ts';
import { type Cube, dimensionIndex, makeCube, pickAlong } from '../cube/cube.ts';
import { findLabels, onlyDimension, pickLabels } from '../cube/dimension.ts';
import { type Box, makeBox, windowOfBox } from '../cube/spatial-window.ts';
import { ProcessException, ProcessParameterInvalid, Unsupported } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import {
  bandName,
  boolean,
  boundingBox,
  childProcess,
  context,
  datacube,
  horizontal,
  label,
  temporalInterval,
  text,
  textOrNull,
} from './schemas.ts';
import { type Arguments, childOf, cubeOf, describeValue, elementsOf, textOf, type Value } from './value.ts';
import { rasterOf } from './vector-arguments.ts';

/** An interval with its start in and its end out, in milliseconds; infinite where it is open. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Reads a temporal extent. Throws `TemporalExtentEmpty` and `ProcessParameterInvalid`. */
export function intervalOf(extent: Value | undefined, process: string): Interval {
  const ends = elementsOf(extent, 'extent');
  if (ends.length !== 2 || (ends[0] === null && ends[1] === null))
    throw new ProcessParameterInvalid(
      `${process}: an interval has a start and an end, of which one may be null`,
    );
  const bound = (end: Value | undefined, open: number) =>
    end === null || end === undefined ? open : instantOf(String(end), process);
  const interval = {
    from: bound(ends[0], Number.NEGATIVE_INFINITY),
    to: bound(ends[1], Number.POSITIVE_INFINITY),
  };
  if (interval.to <= interval.from)
    throw new ProcessException(
      'TemporalExtentEmpty',
      `${process}: ${describeValue(extent)} ends before it starts`,
    );
  return interval;
}

/** Reads a bounding box with its CRS (EPSG:4326 when it names none). Throws `ProcessParameterInvalid`, `CrsUnknown`. */
export function boxOf(extent: Value | undefined, process: string): Box {
  const sides = (extent ?? {}) as Arguments;
  const bbox = [sides.west, sides.south, sides.east, sides.north].map((side) =>
    typeof side === 'number' ? side : Number.NaN,
  ) as [number, number, number, number];
  if (!bbox.every(Number.isFinite) || bbox[0] > bbox[2] || bbox[1] > bbox[3])
    throw new ProcessParameterInvalid(
      `${process}: a box needs west <= east and south <= north, not ${describeValue(extent)}`,
    );
  const crs = sides.crs ?? 4326;
  return makeBox(bbox, typeof crs === 'number' ? crs : String(crs));
}

function filterTemporal({ data, extent, dimension = null }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const { from, to } = intervalOf(extent, 'filter_temporal');
  const indexes =
    typeof dimension === 'string'
      ? [dimensionIndex(cube, dimension)]
      : cube.dimensions.flatMap(({ type }, index) => (type === 'temporal' ? [index] : []));
  if (indexes.length === 0)
    throw new ProcessException(
      'DimensionNotAvailable',
      'filter_temporal: the data cube has no temporal dimension',
    );
  return indexes.reduce((filtered, index) => {
    const chosen = filtered.dimensions[index];
    if (chosen === undefined) return filtered;
    const kept = chosen.labels.flatMap((label, position) => {
      const instant = instantOf(String(label), `label of dimension '${chosen.name}'`);
      return instant >= from && instant < to ? [position] : [];
    });
    return pickAlong(filtered, index, kept, pickLabels(chosen, kept));
  }, cube);
}

function filterBBox({ data, extent }: Arguments): Cube {
  const cube = rasterOf(data, 'data', 'filter_bbox');
  const box = boxOf(extent, 'filter_bbox');
  const { frame, window } = cube.horizontal;
  const kept = sharedWindow(window, windowOfBox(frame, box, window));
  const empty = kept.width === 0 || kept.height === 0;
  const horizontal = { ...cube.horizontal, window: empty ? { ...kept, width: 0, height: 0 } : kept };
  return makeCube(cube.dimensions, horizontal, cube.planes);
}

function filterBands({ data, bands = [], wavelengths = [] }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const names = elementsOf(bands, 'bands').map(String);
  if (elementsOf(wavelengths, 'wavelengths').length > 0)
    throw new Unsupported('filter_bands: choosing bands by wavelength is not built yet, give names');
  if (names.length === 0)
    throw new ProcessException('BandFilterParameterMissing', 'filter_bands needs at least one band');
  const codes = { none: 'DimensionMissing', several: 'DimensionMissing' };
  const index = onlyDimension(cube.dimensions, 'bands', codes);
  const dimension = cube.dimensions[index];
  if (dimension === undefined) return cube;
  const kept = names.flatMap((name) => findLabels(dimension, name));
  const once = [...new Set(kept)];
  return pickAlong(cube, index, once, pickLabels(dimension, once));
}

function filterLabels({ data, condition, dimension: name, context: given = null }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const child = childOf(condition, 'condition');
  const index = dimensionIndex(cube, textOf(name, 'dimension'));
  const dimension = cube.dimensions[index];
  if (dimension === undefined) return cube;
  const kept = dimension.labels.flatMap((label, position) =>
    child.call({ value: label, context: given }) === true ? [position] : [],
  );
  return pickAlong(cube, index, kept, pickLabels(dimension, kept));
}

export const cubeFilterProcesses: readonly Process[] = [
  define({
    id: 'filter_temporal',
    summary: 'Keep the dates of an interval',
    description: 'Keeps the labels from the start of the interval (included) to its end (left out).',
    categories: ['cubes', 'filter'],
    parameters: [
      required('data', 'The data cube.', datacube({ type: 'temporal' })),
      required('extent', 'Start and end; one of them may be null.', temporalInterval),
      optional('dimension', 'The temporal dimension; all of them when left out.', textOrNull, null),
    ],
    returns: ['The cube with fewer dates.', datacube({ type: 'temporal' })],
    exceptions: {
      DimensionNotAvailable: 'There is no such temporal dimension.',
      TemporalExtentEmpty: 'The interval ends before it starts.',
    },
    run: filterTemporal,
  }),
  define({
    id: 'filter_bbox',
    summary: 'Keep the pixels of a box',
    description:
      'Keeps the pixels whose centre lies in the box or on its border; the box is taken to the CRS of the cube.',
    categories: ['cubes', 'filter'],
    parameters: [
      required('data', 'The data cube.', [datacube(horizontal), datacube({ type: 'geometry' })]),
      required('extent', 'The box, in longitude and latitude unless it names a CRS.', boundingBox),
    ],
    returns: ['The cube with fewer pixels.', [datacube(horizontal), datacube({ type: 'geometry' })]],
    run: filterBBox,
  }),
  define({
    id: 'filter_bands',
    summary: 'Keep some bands',
    description:
      'By name or common name; the bands come in the order asked for. Names without a band are passed over.',
    categories: ['cubes', 'filter'],
    parameters: [
      required('data', 'The data cube.', datacube({ type: 'bands' })),
      optional('bands', 'Names or common names.', { type: 'array', items: bandName }, []),
      optional(
        'wavelengths',
        'Ranges in micrometres.',
        { type: 'array', items: { type: 'array', minItems: 2, maxItems: 2, items: { type: 'number' } } },
        [],
      ),
    ],
    returns: ['The cube with these bands.', datacube({ type: 'bands' })],
    exceptions: {
      BandFilterParameterMissing: 'No band is asked for.',
      DimensionMissing: 'The cube has no bands.',
    },
    run: filterBands,
  }),
  define({
    id: 'filter_labels',
    summary: 'Keep the labels that fulfil a condition',
    description: 'Every label of the dimension is asked by itself; the order stays.',
    categories: ['cubes', 'filter'],
    parameters: [
      required('data', 'The data cube.', datacube()),
      required(
        'condition',
        'Whether a label stays.',
        childProcess([required('value', 'The label.', label)], {
          description: 'True for a label that stays.',
          schema: boolean,
        }),
      ),
      required('dimension', 'Name of the dimension.', text),
      context('Anything that the condition needs.'),
    ],
    returns: ['The cube with fewer labels.', datacube()],
    exceptions: { DimensionNotAvailable: 'There is no such dimension.' },
    run: filterLabels,
  }),
];
