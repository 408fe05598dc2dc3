import type { DataType } from '../raster/pixels.ts';
import type { BandSummary } from './collection.ts';
import type { Item } from './item.ts';
import { asList, asNumber, asRecord, asText, type JsonRecord } from './stac-json.ts';

/** Bands that a collection's document names: `bands` (STAC 1.1), or `bands` and `eo:bands` of its summaries. */
export function documentBands(document: JsonRecord): BandSummary[] {
  const summaries = asRecord(document.summaries);
  const lists = [document.bands, summaries.bands, summaries['eo:bands']].map(asList);
  const listed = lists.find((list) => list.length > 0) ?? [];
  return listed.map(asRecord).flatMap((band) => {
    const name = asText(band.name);
    if (name === undefined) return [];
    return {
      name,
      commonName:
        asText(band['eo:common_name']) ??
        asText(band.common_name) ??
        (/^scl$/i.test(name) ? 'scl' : undefined),
      resolution: asNumber(band['raster:spatial_resolution']) ?? asNumber(band.gsd),
      dataType: asText(band.data_type) as DataType | undefined,
    };
  });
}

/** Bands of items by name, in the order in which they occur first. */
export function itemBands(items: readonly Item[]): BandSummary[] {
  const bands = new Map<string, BandSummary>();
  for (const item of items)
    for (const { name, commonName, dataType, grid } of item.bands)
      if (!bands.has(name))
        bands.set(name, {
          name,
          commonName,
          dataType,
          resolution: Math.hypot(grid.transform[0], grid.transform[3]),
        });
  return [...bands.values()];
}

/** At most `count` elements, evenly spread, the first and the last among them. */
export function spread<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list];
  return Array.from(
    { length: count },
    (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))] as T,
  );
}
