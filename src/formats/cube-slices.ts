import type { Dimension, Label } from '../cube/dimension.ts';
import { planeCount } from '../cube/raster-cube.ts';

/** Planes of a cube that go into one file or one group of rows. */
export interface Slice {
  /** Of the dimensions that tell the slices apart. */
  readonly labels: readonly Label[];
  /** Named after the labels along the other dimensions, joined; an empty name when there are none. */
  readonly bands: readonly { readonly name: string; readonly plane: number }[];
}

/** The planes of a cube, sorted by their labels along some dimensions; the labels along the others name the bands. */
export function slices(
  dimensions: readonly Dimension[],
  apart: (dimension: Dimension) => boolean,
  joiner = '_',
): Slice[] {
  const groups = new Map<string, { labels: Label[]; bands: { name: string; plane: number }[] }>();
  for (let plane = 0; plane < planeCount(dimensions); plane += 1) {
    const labels = labelsOf(dimensions, plane);
    const own = labels.filter((_, k) => apart(dimensions[k] as Dimension));
    const name = labels.filter((_, k) => !apart(dimensions[k] as Dimension)).join(joiner);
    const key = JSON.stringify(own);
    const group = groups.get(key) ?? { labels: own, bands: [] };
    group.bands.push({ name, plane });
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The labels of a plane, one for each dimension. */
function labelsOf(dimensions: readonly Dimension[], plane: number): Label[] {
  let rest = plane;
  return dimensions
    .toReversed()
    .map(({ labels }) => {
      const label = labels[rest % labels.length] ?? '';
      rest = Math.floor(rest / labels.length);
      return label;
    })
    .reverse();
}

export const isTemporal = ({ type }: Dimension): boolean => type === 'temporal';

/** Whether one file holds all dates. */
export function isSingle(dimensions: readonly Dimension[]): boolean {
  return dimensions.every((dimension) => !isTemporal(dimension) || dimension.labels.length === 1);
}

/** The end of a file name for a slice: letters, digits, dots, hyphens and underscores only. */
export function fileSuffix(labels: readonly Label[]): string {
  return labels.map((label) => `_${String(label).replaceAll(/[^\w.-]/g, '-')}`).join('');
}
