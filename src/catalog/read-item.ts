import { Cancelled, InvalidFile, ObjectChanged, StorageFailure } from '../errors.ts';
import { isBBox, unionBBox } from '../geometry/bbox.ts';
import { transformBBox } from '../geometry/crs.ts';
import { type BBox, gridBounds } from '../geometry/grid.ts';
import { openRasterAt } from '../raster/raster-cache.ts';
import { resolveHref } from '../storage/address.ts';
import type { BandAsset, Item } from './item.ts';
import { type StatedBand, statedBands } from './stac-bands.ts';
import { asList, asNumber, asRecord, asText } from './stac-json.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/**
 * An item from its STAC document (0.8 to 1.1) found at `url`. A band whose grid, type or nodata the document does not state is
 * completed from its file's header; one that cannot be completed is left out and named in `problems`. A scale or offset that it
 * does not state is marked, for `openBand` to settle. Throws `InvalidFile` when the document is no item, `Cancelled`.
 */
export async function readItem(document: unknown, url: string, options: SignalOption = {}): Promise<Item> {
  const item = asRecord(document);
  const properties = asRecord(item.properties);
  const id = asText(item.id);
  if (item.type !== 'Feature' || id === undefined)
    throw new InvalidFile(`${url} is no STAC item: it needs type 'Feature' and an id`);
  const where = `item ${id}`;
  const stated = statedBands(item, where);
  const settled = await Promise.allSettled(stated.map((band) => completeBand(band, url, options)));
  const problems: string[] = [];
  const bands: BandAsset[] = [];
  let mayImprove = false;
  for (const [i, result] of settled.entries()) {
    if (result.status === 'fulfilled') bands.push(result.value);
    else if (result.reason instanceof Cancelled) throw result.reason;
    else {
      problems.push(`${where}, band ${stated[i]?.name}: ${messageOf(result.reason)}`);
      mayImprove ||= result.reason instanceof StorageFailure || result.reason instanceof ObjectChanged;
    }
  }
  return {
    id,
    collection: asText(item.collection) ?? '',
    datetime: itemTime(properties, url),
    bbox: itemBBox(item, bands, url),
    properties,
    bands,
    ...(problems.length > 0 ? { problems } : {}),
    ...(mayImprove ? { mayImprove } : {}),
  };
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

async function completeBand(stated: StatedBand, url: string, { signal }: SignalOption): Promise<BandAsset> {
  const href = resolveHref(url, stated.href);
  const { grid, dataType, nodata } = stated;
  const { name, commonName, assetKey, bandIndex } = stated;
  const unstated = (['scale', 'offset'] as const).filter((field) => stated[field] === undefined);
  const known = {
    name,
    commonName,
    assetKey,
    bandIndex,
    href,
    nodata,
    scale: stated.scale ?? 1,
    offset: stated.offset ?? 0,
    ...(unstated.length > 0 ? { unstated } : {}),
    ...(stated.revision === undefined ? {} : { revision: stated.revision }),
  };
  if (grid !== undefined && dataType !== undefined && nodata !== undefined)
    return { ...known, grid, dataType };
  try {
    const { info } = await openRasterAt(href, { signal });
    const transform = info.transform ?? grid?.transform;
    const crs = info.crs ?? grid?.crs;
    if (transform === undefined || crs === undefined)
      throw new InvalidFile(`neither the item nor the header of ${href} says where the pixels lie`);
    return {
      ...known,
      grid: { crs, transform, width: info.width, height: info.height },
      dataType: info.dataType,
      nodata: info.nodata ?? nodata,
      scale: stated.scale ?? info.scales[stated.bandIndex] ?? 1,
      offset: stated.offset ?? info.offsets[stated.bandIndex] ?? 0,
    };
  } catch (error) {
    // Without a nodata value a band is complete; that its file cannot be opened is told when it is read.
    if (grid === undefined || dataType === undefined || error instanceof Cancelled) throw error;
    return { ...known, grid, dataType };
  }
}

/** `datetime`, or `start_datetime` where it is null, as ISO 8601 in UTC. */
function itemTime(properties: Readonly<Record<string, unknown>>, url: string): string {
  const text = asText(properties.datetime) ?? asText(properties.start_datetime);
  const time = Date.parse(text ?? '');
  if (text === undefined || Number.isNaN(time)) throw new InvalidFile(`${url} states no valid datetime`);
  return /Z$/.test(text) ? text : new Date(time).toISOString();
}

/** `bbox` (two or three dimensions), else the bounds of the geometry, else of the bands. */
function itemBBox(item: Readonly<Record<string, unknown>>, bands: readonly BandAsset[], url: string): BBox {
  const stated = asList(item.bbox);
  const flat = stated.length === 6 ? [stated[0], stated[1], stated[3], stated[4]] : stated;
  if (isBBox(flat)) return flat;
  const positions = flatten(asRecord(item.geometry).coordinates);
  const around =
    unionBBox(positions.map(([x, y]): BBox => [x, y, x, y])) ??
    unionBBox(bands.map(({ grid }) => transformBBox(gridBounds(grid), grid.crs, 'OGC:CRS84')));
  if (around === undefined)
    throw new InvalidFile(`${url} states neither bbox nor geometry, and no band says where it lies`);
  return around;
}

function flatten(coordinates: unknown): [number, number][] {
  const list = asList(coordinates);
  const [x, y] = [asNumber(list[0]), asNumber(list[1])];
  return x !== undefined && y !== undefined ? [[x, y]] : list.flatMap(flatten);
}
