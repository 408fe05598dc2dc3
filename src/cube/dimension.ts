import { ProcessException } from '../errors.ts';

export type DimensionType = 'spatial' | 'temporal' | 'bands' | 'geometry' | 'other';
export type Label = string | number;

/**
 * A dimension of a cube other than its two horizontal ones. Temporal labels are ISO 8601 texts (or what a process named
 * the periods), band labels are the collection's own band names.
 */
export interface Dimension {
  readonly name: string;
  readonly type: DimensionType;
  readonly labels: readonly Label[];
  /** For each label the further names it answers to: a band's common name and the name it was asked for by. */
  readonly aliases?: readonly (readonly string[])[] | undefined;
}

/** Positions that a name stands for: the label itself, else all labels with that alias, else the label in other letter case. */
export function findLabels(dimension: Dimension, wanted: Label): readonly number[] {
  const positions = [...dimension.labels.keys()];
  const exact = dimension.labels.indexOf(wanted);
  if (exact >= 0) return [exact];
  if (typeof wanted !== 'string') return [];
  const named = positions.filter((position) => dimension.aliases?.[position]?.includes(wanted));
  if (named.length > 0) return named;
  const lower = wanted.toLowerCase();
  return positions.filter((position) => String(dimension.labels[position]).toLowerCase() === lower);
}

/** The first position that a name stands for, -1 when there is none. */
export function findLabel(dimension: Dimension, wanted: Label): number {
  return findLabels(dimension, wanted)[0] ?? -1;
}

/** The dimension restricted to (and ordered by) the given positions. */
export function pickLabels(dimension: Dimension, positions: readonly number[]): Dimension {
  return {
    ...dimension,
    labels: positions.map((position) => dimension.labels[position] ?? position),
    aliases: dimension.aliases && positions.map((position) => dimension.aliases?.[position] ?? []),
  };
}

/** Position of the one dimension of a type. Throws the named openEO exception when there is none or more than one. */
export function onlyDimension(
  dimensions: readonly Dimension[],
  type: DimensionType,
  codes: { readonly none: string; readonly several: string },
): number {
  const found = dimensions.flatMap((dimension, position) => (dimension.type === type ? [position] : []));
  if (found.length === 0)
    throw new ProcessException(codes.none, `the data cube has no dimension of type '${type}'`);
  if (found.length > 1)
    throw new ProcessException(
      codes.several,
      `the data cube has ${found.length} dimensions of type '${type}': name one`,
    );
  return found[0] ?? 0;
}
