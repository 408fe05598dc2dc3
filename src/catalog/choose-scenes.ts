import { intersection } from '../geometry/bbox.ts';
import type { BBox } from '../geometry/grid.ts';
import { acquisitionKey, baselineOf, processedAt, tileOf } from './acquisition.ts';
import type { Item } from './item.ts';
import { asNumber } from './stac-json.ts';

/** An older processing goes when a newer one covers at least this share of it; what only it covers is not thrown away. */
const COVERED = 0.9;

export interface DroppedItem {
  readonly item: Item;
  readonly reason: string;
  /** The newer processing that is used in its place; undefined for an empty frame. */
  readonly winner?: Item | undefined;
}

export interface SceneChoice {
  /** In the order given. */
  readonly kept: readonly Item[];
  readonly dropped: readonly DroppedItem[];
  /** Kept although a newer processing exists, which shows too little of them: that one. */
  readonly beside: ReadonlyMap<Item, Item>;
}

/**
 * Of several processings of one acquisition and tile keeps the newest (by time of processing, then baseline, then id) wherever
 * it covers the older ones; archives mix them, with and without the offset of baseline 04.00. Tiles that overlap are all kept:
 * they share `acquisitionKey`, by which a season counts them once per parcel (`onePerAcquisition`). Frames of which their producer
 * says that they hold no pixel are dropped, whatever their age.
 */
export function chooseScenes(items: readonly Item[]): SceneChoice {
  const newestFirst = [...items].sort(
    (one, other) =>
      compare(processedAt(other), processedAt(one)) ||
      baselineOf(other) - baselineOf(one) ||
      compare(one.id, other.id),
  );
  const scenes = new Map<string, Item[]>();
  const dropped = new Map<Item, DroppedItem>();
  const beside = new Map<Item, Item>();
  for (const item of newestFirst) {
    if (shownShare(item) <= 0) {
      dropped.set(item, { item, reason: 'an empty frame: its producer states 100 % nodata' });
      continue;
    }
    const key = `${acquisitionKey(item)}|${tileOf(item) ?? item.bands[0]?.grid.crs ?? ''}`;
    const newer = scenes.get(key) ?? [];
    scenes.set(key, newer);
    const winner = newer.find(
      (other) =>
        coveredShare(item.bbox, other.bbox) >= COVERED && shownShare(other) >= COVERED * shownShare(item),
    );
    if (winner !== undefined) {
      dropped.set(item, { item, reason: reasonOf(item, winner), winner });
      continue;
    }
    if (newer[0] !== undefined) beside.set(item, newer[0]);
    newer.push(item);
  }
  return {
    kept: items.filter((item) => !dropped.has(item)),
    dropped: [...dropped.values()],
    beside,
  };
}

/** The share of the frame that holds pixels, 0 to 1, as its producer states it; 1 where nothing is stated. */
function shownShare({ properties }: Item): number {
  const nodata = asNumber(properties['s2:nodata_pixel_percentage']);
  return nodata === undefined ? 1 : 1 - nodata / 100;
}

function reasonOf(item: Item, winner: Item): string {
  const time = (of: Item): string => processedAt(of) || 'an unknown time';
  return `the same acquisition as ${winner.id}, which was processed later (${time(winner)} against ${time(item)})`;
}

/** The share of `box` that `other` covers. */
function coveredShare(box: BBox, other: BBox): number {
  const shared = intersection(box, other);
  if (shared === undefined) return 0;
  const size = ([xmin, ymin, xmax, ymax]: BBox): number => (xmax - xmin) * (ymax - ymin);
  return size(box) > 0 ? size(shared) / size(box) : 1;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
