import { type Cube, replaceAlong } from '../cube/cube.ts';
import { type Dimension, findLabel, onlyDimension } from '../cube/dimension.ts';
import { computedPlane, type Plane } from '../cube/plane.ts';
import { ProcessException } from '../errors.ts';
import { define, optional, required } from './define.ts';
import type { Process } from './definition.ts';
import { normalizedDifference } from './pixel-loops.ts';
import { bandName, datacube, horizontal } from './schemas.ts';
import { type Arguments, cubeOf, textOf } from './value.ts';

/** Near infrared: archives without the 10 m band B08 (`nir`) have B8A, whose common name is `nir08`. */
const fallbacks: Readonly<Record<string, string>> = { nir: 'nir08' };

function bandPosition(dimension: Dimension, name: string, code: string): number {
  const position = findLabel(dimension, name);
  if (position >= 0) return position;
  const instead = fallbacks[name] === undefined ? -1 : findLabel(dimension, fallbacks[name]);
  if (instead >= 0) return instead;
  throw new ProcessException(code, `ndvi: there is no band '${name}' among ${dimension.labels.join(', ')}`);
}

/** (nir - red) / (nir + red); nodata where a band is nodata or the sum is 0. */
function difference(nir: Plane, red: Plane): Plane {
  return computedPlane([nir, red], 'number', ([a, b], out) => {
    if (a !== undefined && b !== undefined) normalizedDifference(a, b, out);
  });
}

function ndvi({ data, nir = 'nir', red = 'red', target_band: target = null }: Arguments): Cube {
  const cube = cubeOf(data, 'data');
  const codes = { none: 'DimensionAmbiguous', several: 'DimensionAmbiguous' };
  const index = onlyDimension(cube.dimensions, 'bands', codes);
  const dimension = cube.dimensions[index];
  if (dimension === undefined) return cube;
  const nirBand = bandPosition(dimension, textOf(nir, 'nir'), 'NirBandAmbiguous');
  const redBand = bandPosition(dimension, textOf(red, 'red'), 'RedBandAmbiguous');
  const compute = (planes: readonly Plane[]): Plane[] => {
    const [a, b] = [planes[nirBand], planes[redBand]];
    return a === undefined || b === undefined ? [] : [difference(a, b)];
  };
  if (target === null) return replaceAlong(cube, index, undefined, compute);
  const name = textOf(target, 'target_band');
  if (dimension.labels.includes(name))
    throw new ProcessException('BandExists', `ndvi: there is a band '${name}' already`);
  const widened: Dimension = {
    ...dimension,
    labels: [...dimension.labels, name],
    aliases: dimension.aliases && [...dimension.aliases, []],
  };
  return replaceAlong(cube, index, widened, (planes) => [...planes, ...compute(planes)]);
}

const found = 'Name or common name of the';

export const indexProcesses: readonly Process[] = [
  define({
    id: 'ndvi',
    summary: 'Normalised difference vegetation index',
    description: '(nir - red) / (nir + red). The bands are dropped unless the index is to be a further band.',
    categories: ['cubes', 'math > indices', 'vegetation indices'],
    parameters: [
      required('data', 'A data cube with bands.', datacube(horizontal, { type: 'bands' })),
      optional('nir', `${found} near infrared band.`, bandName, 'nir'),
      optional('red', `${found} red band.`, bandName, 'red'),
      optional(
        'target_band',
        'Name of a new band for the index; null drops the bands.',
        [{ type: 'string', pattern: '^\\w+$' }, { type: 'null' }],
        null,
      ),
    ],
    returns: ['The index.', datacube(horizontal)],
    exceptions: {
      NirBandAmbiguous: 'There is no such near infrared band.',
      RedBandAmbiguous: 'There is no such red band.',
      DimensionAmbiguous: 'The cube has no bands, or several dimensions of them.',
      BandExists: 'There is a band of the new name already.',
    },
    run: ndvi,
  }),
];
