import { InvalidArgument } from '../errors.ts';

/** A spectral index of surface reflectance (0 to 1), per pixel. */
export interface IndexDefinition {
  readonly name: IndexName;
  readonly title: string;
  /** Common names of the bands, in the order of the formula's arguments; at most three. */
  readonly bands: readonly string[];
  readonly formula: (a: number, b: number, c: number) => number;
  /** Values that a map or plot shows by default. */
  readonly range: readonly [number, number];
  /** Who defined it. */
  readonly source: string;
}

const difference = (a: number, b: number): number => (a - b) / (a + b);

const definitions = {
  ndvi: {
    title: 'Normalised difference vegetation index',
    bands: ['nir', 'red'],
    formula: difference,
    range: [0, 1],
    source: 'Rouse et al. 1974',
  },
  ndwi: {
    title: 'Normalised difference water index',
    bands: ['green', 'nir'],
    formula: difference,
    range: [-1, 1],
    source: 'McFeeters 1996',
  },
  ndmi: {
    title: 'Normalised difference moisture index',
    bands: ['nir', 'swir16'],
    formula: difference,
    range: [-0.5, 0.8],
    source: 'Gao 1996; Wilson and Sader 2002',
  },
  ndre: {
    title: 'Normalised difference red edge index',
    bands: ['nir', 'rededge071'],
    formula: difference,
    range: [0, 0.8],
    source: 'Barnes et al. 2000',
  },
  nbr: {
    title: 'Normalised burn ratio',
    bands: ['nir', 'swir22'],
    formula: difference,
    range: [-0.5, 0.9],
    source: 'Key and Benson 2006',
  },
  savi: {
    title: 'Soil-adjusted vegetation index, L = 0.5',
    bands: ['nir', 'red'],
    formula: (nir: number, red: number) => (1.5 * (nir - red)) / (nir + red + 0.5),
    range: [0, 1],
    source: 'Huete 1988',
  },
  evi: {
    title: 'Enhanced vegetation index',
    bands: ['nir', 'red', 'blue'],
    formula: (nir: number, red: number, blue: number) =>
      (2.5 * (nir - red)) / (nir + 6 * red - 7.5 * blue + 1),
    range: [0, 1],
    source: 'Huete et al. 2002',
  },
  evi2: {
    title: 'Enhanced vegetation index of two bands',
    bands: ['nir', 'red'],
    formula: (nir: number, red: number) => (2.5 * (nir - red)) / (nir + 2.4 * red + 1),
    range: [0, 1],
    source: 'Jiang et al. 2008',
  },
} as const satisfies Record<string, Omit<IndexDefinition, 'name'>>;

export type IndexName = keyof typeof definitions;

export const indexNames = Object.keys(definitions) as readonly IndexName[];

export function isIndexName(name: string): name is IndexName {
  return Object.hasOwn(definitions, name);
}

/** The definition of an index by name, in any case. Throws `InvalidArgument` with the names there are. */
export function indexDefinition(name: string): IndexDefinition {
  const key = name.toLowerCase();
  if (!isIndexName(key))
    throw new InvalidArgument(`there is no index '${name}'; there are ${indexNames.join(', ')}`);
  return { name: key, ...definitions[key] };
}
