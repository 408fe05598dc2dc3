import type { Item } from './item.ts';
import { asNumber, asText } from './stac-json.ts';

/** The name of a Sentinel-2 product: platform, level, start of the data take, baseline, orbit, tile, time of processing. */
const product = /S2[A-D]_MSIL\w\w_(\d{8}T\d{6})_N(\d{4})_R\d{3}_T(\d{2}[A-Z]{3})_(\d{8}T\d{6})/;

function productOf(item: Item): RegExpExecArray | null {
  return product.exec(asText(item.properties['s2:product_uri']) ?? '') ?? product.exec(item.id);
}

/**
 * One pass of one platform: items that share it show the same moment, be they neighbouring tiles, tiles of two UTM zones or
 * several processings. By the start of the Sentinel-2 data take where it is known, else by the instant to the second.
 */
export function acquisitionKey(item: Item): string {
  const platform = asText(item.properties.platform) ?? asText(item.properties.constellation) ?? '';
  const take =
    productOf(item)?.[1] ?? /_(\d{8}T\d{6})_/.exec(asText(item.properties['s2:datatake_id']) ?? '')?.[1];
  return `${item.collection}|${platform.toLowerCase()}|${take ?? compactTime(new Date(item.datetime))}`;
}

/** `20220620T102041`, as in the names of products. */
function compactTime(time: Date): string {
  return time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
}

/** The tile of the item's grid (`32TNT`), or undefined. */
export function tileOf(item: Item): string | undefined {
  const code = asText(item.properties['grid:code']);
  return (
    asText(item.properties['s2:mgrs_tile'])?.replace(/^T/, '') ??
    (code === undefined ? undefined : code.replace(/^MGRS-/, '')) ??
    productOf(item)?.[3]
  );
}

/**
 * When the item was processed, as a text that sorts: product name, else the fields of the Sentinel-2, processing and common
 * extensions; empty when nothing says so.
 */
export function processedAt(item: Item): string {
  const { properties } = item;
  const stated =
    asText(properties['s2:generation_time']) ??
    asText(properties['processing:datetime']) ??
    asText(properties.updated) ??
    asText(properties.created);
  const time = Date.parse(stated ?? '');
  return productOf(item)?.[4] ?? (Number.isNaN(time) ? '' : compactTime(new Date(time)));
}

/** The processing baseline as a number (`05.12` is 5.12), 0 when it is not stated. */
export function baselineOf(item: Item): number {
  const { properties } = item;
  const stated = properties['s2:processing_baseline'] ?? properties['processing:version'];
  const named = productOf(item)?.[2];
  return asNumber(Number(stated)) ?? (named === undefined ? 0 : Number(named) / 100);
}
