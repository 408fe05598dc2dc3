import { acquisitionKey } from '../catalog/acquisition.ts';
import type { Item } from '../catalog/item.ts';
import { itemVersion, withoutQuery } from '../catalog/item-version.ts';
import type { ImageRecord } from '../store/images.ts';
import { sensorOf } from './sensor.ts';

/** Why an image is used or not, and what its files were. */
export interface ChosenImage {
  readonly item: Item;
  /** For people: why this image and not another. */
  readonly choice: string;
  /** Why it is not used. */
  readonly dropped?: string | undefined;
}

/** How the store knows an item of a collection. `files`: fingerprint of its files, where they were looked at. */
export function imageRecord(
  collection: string,
  { item, choice, dropped }: ChosenImage,
  files?: string,
): ImageRecord {
  const { properties } = item;
  const platform = properties.platform;
  return {
    collection,
    reference: item.id,
    sensor: sensorOf(item),
    datetime: item.datetime,
    footprint: item.bbox,
    platform: typeof platform === 'string' ? platform : undefined,
    cloud: cloudOf(item),
    acquisition: acquisitionKey(item),
    assets: Object.fromEntries(item.bands.map(({ name, href }) => [name, withoutQuery(href)])),
    dropped,
    version: itemVersion(item),
    files,
    choice,
  };
}

/** Percent of the scene that is cloud, as its producer says. */
export function cloudOf({ properties }: Item): number | undefined {
  const cloud = properties['eo:cloud_cover'];
  return typeof cloud === 'number' ? cloud : undefined;
}
