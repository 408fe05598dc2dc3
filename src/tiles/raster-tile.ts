import { findBand } from '../catalog/band-name.ts';
import type { Item } from '../catalog/item.ts';
import { findLabel, type Label } from '../cube/dimension.ts';
import type { RasterCube } from '../cube/raster-cube.ts';
import { BandNotFound, InvalidArgument, throwIfCancelled } from '../errors.ts';
import { indexDefinition } from '../parcels/indices.ts';
import { colorMap } from '../raster/color-maps.ts';
import { encodePng } from '../raster/encode-png.ts';
import { cubeValues, type ImageValues, itemValues, type ValuesOptions } from './image-values.ts';
import { isBlank, paintRgb, paintScale, percentileStretch, type Stretch } from './paint.ts';
import { deepestUsefulZoom, overviewGrid, tileGrid } from './tile-grid.ts';
import type { RasterTileSource, TileScale } from './tile-source.ts';

/** How values become colours. */
export interface StyleOptions {
  /**
   * Fixed limits, or percentiles of the image. When left out: the range of an index, 0 to 0.25 for colours of surface
   * reflectance (dates stay comparable), else the 2nd to 98th percentile.
   */
  readonly stretch?: Stretch | { readonly percentiles: readonly [from: number, to: number] } | undefined;
  /** The name of a colour map for one layer. */
  readonly colors?: string | undefined;
  /** Pixels of a tile's side. */
  readonly tileSize?: 256 | 512 | undefined;
  readonly label?: string | undefined;
}

export interface ItemTileOptions extends StyleOptions {
  /** One band, or three for red, green and blue; by name or common name. True colour when neither is given. */
  readonly bands?: readonly string[] | undefined;
  /** A spectral index instead: `ndvi`. */
  readonly index?: string | undefined;
}

export interface CubeTileOptions extends StyleOptions {
  /** The label of each further dimension, `{ t: '2026-06-01' }`; the first one where none is given. */
  readonly at?: Readonly<Record<string, Label>> | undefined;
}

const trueColour = ['red', 'green', 'blue'] as const;
const reflectance: Stretch = { low: 0, high: 0.25 };
/** Pixels along the longer side of the overview that percentiles are taken from. */
const overviewPixels = 256;

/** What is drawn: layers, how they are combined into one (index), and the stretch that suits them. */
interface Picture {
  readonly values: ImageValues;
  /** Layers after combining: one is coloured by a map, three are red, green and blue. */
  readonly layers: 1 | 3;
  readonly combine: ((layers: readonly Float32Array[]) => Float32Array[]) | undefined;
  readonly usual: Stretch | undefined;
  readonly colors: string;
  readonly label: string;
  readonly date: string | undefined;
  readonly of: string;
}

/**
 * Web mercator tiles of an item: true colour, bands, or an index with a colour map; nearest pixels of the overview that
 * suits the zoom, nodata and what lies outside transparent. Percentiles are read once, before the first tile. Throws
 * `BandNotFound`, `InvalidArgument`, and what reading throws.
 */
export async function itemTiles(
  item: Item,
  options: ItemTileOptions = {},
  { signal }: ValuesOptions = {},
): Promise<RasterTileSource> {
  return tilesOf(itemPicture(item, options), options, signal);
}

/** The same for one slice of a computed cube: a band dimension with red, green and blue gives a colour image. */
export async function cubeTiles(
  cube: RasterCube,
  options: CubeTileOptions = {},
  { signal }: ValuesOptions = {},
): Promise<RasterTileSource> {
  return tilesOf(cubePicture(cube, options), options, signal);
}

function itemPicture(item: Item, { bands, index, label }: ItemTileOptions): Picture {
  const date = item.datetime.slice(0, 10);
  if (index !== undefined) {
    if (bands !== undefined) throw new InvalidArgument('an image shows bands or an index, not both');
    const { bands: needed, formula, range, name } = indexDefinition(index);
    return {
      values: itemValues(item, needed),
      layers: 1,
      combine: ([a, b, c]) => [
        new Float32Array(a?.length ?? 0).map((_, i) => {
          const value = formula(a?.[i] ?? NaN, b?.[i] ?? NaN, c === undefined ? 0 : (c[i] ?? NaN));
          return Number.isFinite(value) ? value : Number.NaN;
        }),
      ],
      usual: indexStretch(name, range),
      colors: indexColors(name),
      label: label ?? item.id,
      date,
      of: name.toUpperCase(),
    };
  }
  const chosen = bands ?? usualBands(item);
  const { length: count } = chosen;
  if (count !== 1 && count !== 3) throw new InvalidArgument(`one band or three make an image, not ${count}`);
  const physical = chosen.every((name) => (findBand(item.bands, name)?.scale ?? 1) !== 1);
  return {
    values: itemValues(item, chosen),
    layers: count,
    combine: undefined,
    usual: count === 3 && physical ? reflectance : undefined,
    colors: 'gray',
    label: label ?? item.id,
    date,
    of: chosen.join(', '),
  };
}

function usualBands(item: Item): readonly string[] {
  if (trueColour.every((name) => findBand(item.bands, name) !== undefined)) return trueColour;
  const [first] = item.bands;
  if (first === undefined) throw new BandNotFound(`item ${item.id} has no band to show`);
  return [first.name];
}

function cubePicture(cube: RasterCube, { at = {}, label }: CubeTileOptions): Picture {
  for (const name of Object.keys(at))
    if (!cube.dimensions.some((dimension) => dimension.name === name))
      throw new InvalidArgument(
        `the cube has no dimension '${name}'; it has ${cube.dimensions.map(({ name: own }) => own).join(', ')}`,
      );
  let colourAxis: { stride: number; positions: number[] } | undefined;
  let plane = 0;
  let stride = 1;
  const told = new Map<string, string>();
  for (const dimension of [...cube.dimensions].reverse()) {
    const wanted = at[dimension.name];
    const position = wanted === undefined ? 0 : findLabel(dimension, wanted);
    if (position < 0) throw new InvalidArgument(`the dimension '${dimension.name}' has no label '${wanted}'`);
    const colours = trueColour.map((colour) => findLabel(dimension, colour));
    if (wanted === undefined && dimension.type === 'bands' && colours.every((found) => found >= 0))
      colourAxis = { stride, positions: colours };
    else {
      plane += position * stride;
      told.set(dimension.type, String(dimension.labels[position] ?? ''));
    }
    stride *= dimension.labels.length;
  }
  if (stride === 0) throw new InvalidArgument('the cube has an empty dimension: there is nothing to show');
  const planes = colourAxis?.positions.map((position) => plane + position * (colourAxis?.stride ?? 1)) ?? [
    plane,
  ];
  return {
    values: cubeValues(cube, planes),
    layers: colourAxis === undefined ? 1 : 3,
    combine: undefined,
    usual: undefined,
    colors: 'meadow',
    label: label ?? 'cube',
    date: told.get('temporal')?.slice(0, 10),
    of: told.get('bands') ?? 'value',
  };
}

function indexStretch(name: string, [low, high]: readonly [number, number]): Stretch {
  // bare soil and water lie below zero, and the colour map is made for it
  return name === 'ndvi' ? { low: -0.2, high: 1 } : { low, high };
}

function indexColors(name: string): string {
  if (name === 'ndwi' || name === 'ndmi') return 'depth';
  return name === 'nbr' ? 'balance' : 'ndvi';
}

async function tilesOf(
  picture: Picture,
  { stretch, colors = picture.colors, tileSize = 256 }: StyleOptions,
  signal: AbortSignal | undefined,
): Promise<RasterTileSource> {
  const { values, combine, label, date, of } = picture;
  const read = async (grid: ReturnType<typeof tileGrid>, options: ValuesOptions) => {
    const layers = await values.read(grid, options);
    throwIfCancelled(options.signal, 'a tile');
    return combine?.(layers) ?? layers;
  };
  const lut = colorMap(colors);
  const stretches = await chooseStretches();
  const [first = reflectance] = stretches;
  const single = picture.layers === 1;

  async function chooseStretches(): Promise<Stretch[]> {
    const fixed = stretch === undefined ? picture.usual : 'low' in stretch ? stretch : undefined;
    if (fixed !== undefined) {
      if (!(fixed.high > fixed.low))
        throw new InvalidArgument(`a stretch from ${fixed.low} to ${fixed.high}`);
      return Array.from({ length: picture.layers }, () => fixed);
    }
    const [from, to] = stretch !== undefined && 'percentiles' in stretch ? stretch.percentiles : [2, 98];
    const overview = await read(overviewGrid(values.bounds, overviewPixels), { signal });
    return overview.map((layer) => percentileStretch(layer, from, to));
  }

  return {
    bounds: values.bounds,
    label,
    date,
    tileSize,
    maxZoom: deepestUsefulZoom(values.pixel, (values.bounds[1] + values.bounds[3]) / 2, tileSize),
    scale: single ? legend(first, lut, of) : undefined,
    tile: async (z, x, y, options = {}) => {
      const layers = await read(tileGrid(z, x, y, tileSize), options);
      const rgba = single
        ? paintScale(layers[0] ?? new Float32Array(0), first, lut)
        : paintRgb(layers, stretches);
      return isBlank(rgba) ? undefined : encodePng({ width: tileSize, height: tileSize, data: rgba });
    },
  };
}

/** Nine colours are enough for a gradient of any of the maps. */
function legend({ low, high }: Stretch, lut: Uint8Array, label: string): TileScale {
  const colors = Array.from({ length: 9 }, (_, i) => {
    const at = 3 * Math.round((255 * i) / 8);
    return `rgb(${lut[at]}, ${lut[at + 1]}, ${lut[at + 2]})`;
  });
  return { low, high, colors, label };
}
