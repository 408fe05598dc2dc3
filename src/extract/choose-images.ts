import { acquisitionKey, baselineOf, processedAt, tileOf } from '../catalog/acquisition.ts';
import { bandsWithoutOffset } from '../catalog/baseline-offset.ts';
import { chooseScenes } from '../catalog/choose-scenes.ts';
import type { Item } from '../catalog/item.ts';
import { InvalidArgument } from '../errors.ts';
import { type ChosenImage, cloudOf } from './image-record.ts';

export interface ChoiceOptions {
  /** Percent: scenes of which their producer says that more is cloud are not used; those that say nothing are. */
  readonly maxCloud?: number | undefined;
  /** What is done about an offset that nobody states; for the sentence. */
  readonly offsets?: 'stated' | 'baseline' | undefined;
}

/** Names listed in one sentence. */
const mostNames = 6;

/**
 * Decides of every item whether it is used (newest processing, empty frames, clouds) and says why, in a sentence or two that
 * `furrow images --why` shows. Throws `InvalidArgument` for a share that is no percentage.
 */
export function chooseImages(items: readonly Item[], options: ChoiceOptions = {}): ChosenImage[] {
  const { maxCloud } = options;
  if (maxCloud !== undefined && !(maxCloud >= 0 && maxCloud <= 100))
    throw new InvalidArgument(`the largest cloud share is a percentage from 0 to 100, not ${maxCloud}`);
  const { kept, dropped, beside } = chooseScenes(items);
  const replaced = Map.groupBy(dropped, ({ winner }) => winner);
  const passes = Map.groupBy(kept, acquisitionKey);
  const chosen = kept.map((item): ChosenImage => {
    const clouds = cloudOf(item);
    const reasons = [
      processingOf(
        item,
        (replaced.get(item) ?? []).map((older) => older.item),
        beside.get(item),
      ),
      neighboursOf(item, passes.get(acquisitionKey(item)) ?? []),
      offsetOf(item, options.offsets),
    ];
    if (maxCloud !== undefined && clouds !== undefined && clouds > maxCloud) {
      const cloudy = `${percent(clouds)} % of it is cloud, more than the ${percent(maxCloud)} % that are allowed`;
      return { item, choice: cloudy, dropped: cloudy };
    }
    return { item, choice: reasons.filter((reason) => reason !== '').join('; ') };
  });
  return [...chosen, ...dropped.map(({ item, reason }) => ({ item, choice: reason, dropped: reason }))];
}

function processingOf(item: Item, older: readonly Item[], newer: Item | undefined): string {
  if (newer !== undefined)
    return `kept beside the newer processing ${newer.id}, which shows less of the scene`;
  if (older.length === 0) return 'the only processing of its acquisition';
  const time = processedAt(item);
  return `the newest of ${older.length + 1} processings of its acquisition${time === '' ? '' : ` (${time})`}, in place of ${names(older)}`;
}

function neighboursOf(item: Item, pass: readonly Item[]): string {
  const others = pass.filter((other) => other !== item);
  if (others.length === 0) return '';
  const zones = new Set(pass.flatMap((one) => one.bands[0]?.grid.crs ?? []));
  const across = zones.size > 1 ? ` across ${zones.size} coordinate systems` : '';
  return `shows the same pass as ${names(others)}${across}: a parcel that several show counts once in a season, where it has most pixels`;
}

function offsetOf(item: Item, offsets: ChoiceOptions['offsets']): string {
  const open = bandsWithoutOffset(item);
  if (open.length === 0) return '';
  const baseline = baselineOf(item).toFixed(2).padStart(5, '0');
  return offsets === 'baseline'
    ? `baseline ${baseline}, and the item states no offset: 1000 is taken off where the header states none either`
    : `baseline ${baseline}, and the item states no offset: without one in the header its numbers are 1000 too high (--offsets baseline)`;
}

function names(items: readonly Item[]): string {
  const named = items.slice(0, mostNames).map((item) => {
    const tile = tileOf(item);
    return tile === undefined || item.id.includes(tile) ? item.id : `${item.id} (${tile})`;
  });
  const more = items.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function percent(value: number): string {
  return String(Math.round(value * 10) / 10);
}
