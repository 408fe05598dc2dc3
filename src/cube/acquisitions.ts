import { acquisitionKey, processedAt } from '../catalog/acquisition.ts';
import type { Item } from '../catalog/item.ts';

/** Images of one pass of one platform: granules of several tiles or UTM zones, or several processings of one. */
export interface Acquisition {
  /** Of the first image: ISO 8601, UTC, whole seconds. */
  readonly datetime: string;
  /** The newest processing first. */
  readonly items: readonly Item[];
}

/** Sorts images into acquisitions, by time. Two acquisitions never have the same datetime: those of one second are one. */
export function groupAcquisitions(items: readonly Item[]): Acquisition[] {
  const byKey = Map.groupBy(items, acquisitionKey);
  const groups = [...byKey.values()].map((group) => {
    const first = Math.min(...group.map(({ datetime }) => Date.parse(datetime)));
    return { datetime: new Date(first).toISOString().replace(/\.\d{3}Z$/, 'Z'), items: group };
  });
  return [...Map.groupBy(groups, ({ datetime }) => datetime)]
    .map(([datetime, same]) => ({ datetime, items: same.flatMap((group) => group.items).sort(newestFirst) }))
    .sort((one, other) => (one.datetime < other.datetime ? -1 : 1));
}

function newestFirst(one: Item, other: Item): number {
  const [a, b] = [processedAt(one), processedAt(other)];
  return a > b ? -1 : a < b ? 1 : one.id < other.id ? -1 : 1;
}
