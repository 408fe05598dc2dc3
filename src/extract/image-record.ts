import { acquisitionKey } from '../catalog/acquisition.ts';
import type { Item } from '../catalog/item.ts';
import type { ImageRecord } from '../store/images.ts';
import { sensorOf } from './sensor.ts';

/** How the store knows an item of a collection. `dropped`: why it is not used. */
export function imageRecord(collection: string, item: Item, dropped?: string): ImageRecord {
  const { properties } = item;
  const platform = properties.platform;
  const cloud = properties['eo:cloud_cover'];
  return {
    collection,
    reference: item.id,
    sensor: sensorOf(item),
    datetime: item.datetime,
    footprint: item.bbox,
    platform: typeof platform === 'string' ? platform : undefined,
    cloud: typeof cloud === 'number' ? cloud : undefined,
    acquisition: acquisitionKey(item),
    assets: Object.fromEntries(item.bands.map(({ name, href }) => [name, withoutQuery(href)])),
    dropped,
  };
}

/** Signed addresses carry their signature in the query; the store outlives it and others read it. */
function withoutQuery(href: string): string {
  return /^https?:/.test(href) ? href.replace(/[?#].*$/, '') : href;
}
