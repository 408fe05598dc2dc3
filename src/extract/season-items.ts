import { processedAt } from '../catalog/acquisition.ts';
import type { Collection } from '../catalog/collection.ts';
import type { Item } from '../catalog/item.ts';
import { NoData } from '../errors.ts';
import { areaBounds } from '../geometry/area.ts';
import { unionBBox } from '../geometry/bbox.ts';
import { transformBBox } from '../geometry/crs.ts';
import type { ParcelSet } from '../parcels/parcel.ts';

export interface SeasonItemsOptions {
  readonly collection: Collection;
  readonly parcels: ParcelSet;
  /** From (included) to (excluded), ISO 8601. */
  readonly interval?: readonly [from: string | null, to: string | null] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The items of a season that touch the parcels, each id once, ascending in time. Throws `NoData` without an item or parcel. */
export async function seasonItems(options: SeasonItemsOptions): Promise<Item[]> {
  const { collection, parcels, interval, signal } = options;
  const bounds = unionBBox(parcels.parcels.map(({ geometry }) => areaBounds(geometry)));
  if (bounds === undefined) throw new NoData(`'${parcels.name}' has no parcels`);
  const bbox = transformBBox(bounds, parcels.crs, 'OGC:CRS84');
  const items = onePerId(await collection.items({ bbox, interval, signal }));
  if (items.length === 0)
    throw new NoData(
      `collection '${collection.id}' has no item that touches the parcels '${parcels.name}' (${bbox.map((side) => side.toFixed(4)).join(', ')})${timeText(interval)}`,
    );
  return items;
}

/** A catalog may list an item by several documents, but an image is one id: the newest processing, else the first listed. */
function onePerId(items: readonly Item[]): Item[] {
  const found = new Map<string, Item>();
  for (const item of items) {
    const before = found.get(item.id);
    if (before === undefined || processedAt(item) > processedAt(before)) found.set(item.id, item);
  }
  return [...found.values()];
}

function timeText(interval: readonly [string | null, string | null] | undefined): string {
  const [from, to] = interval ?? [null, null];
  return `${from === null ? '' : ` from ${from} on`}${to === null ? '' : ` before ${to}`}`;
}
