import type { Grid } from '../geometry/grid.ts';
import { type DataType, dataTypes } from '../raster/pixels.ts';
import { stacGrid } from './stac-grid.ts';
import { asList, asNodata, asNumber, asRecord, asText, firstOf, type JsonRecord } from './stac-json.ts';

/** What an item's document says about one band; what it leaves open is read from the file's header. */
export interface StatedBand {
  readonly name: string;
  readonly commonName: string | undefined;
  readonly assetKey: string;
  /** As written in the document. */
  readonly href: string;
  readonly bandIndex: number;
  readonly dataType: DataType | undefined;
  readonly nodata: number | undefined;
  readonly scale: number | undefined;
  readonly offset: number | undefined;
  readonly grid: Grid | undefined;
  /** What the asset states of its file's content: checksum, size, ETag, time of its last change; undefined where nothing. */
  readonly revision: string | undefined;
  /** Part of an image made for the eye (role `visual`). */
  readonly picture: boolean;
}

/**
 * The bands of an item's raster assets, STAC 0.8 to 1.1 (`bands`, `eo:bands`, `raster:bands`, fields on band, asset or item),
 * best first: GeoTIFF before JPEG 2000, then fine before coarse. Names are unique: a further band of the same name takes its
 * asset's key, and bands of pictures (`visual`) are `key.name` without common name. Thumbnails and metadata are no bands.
 */
export function statedBands(item: JsonRecord, where: string): StatedBand[] {
  const properties = asRecord(item.properties);
  const assets = Object.entries(asRecord(item.assets))
    .map(([key, asset]) => ({ key, asset: asRecord(asset) }))
    .filter(({ key, asset }) => isRaster(asset) && !/^(thumbnail|overview|preview)/i.test(key));
  const pictures = assets.some(({ asset }) => !isPicture(asset)) ? isPicture : () => false;
  const stated = assets.flatMap(({ key, asset }, order) =>
    assetBands(key, asset, properties, where).map((band) => ({
      band,
      order,
      picture: pictures(asset),
      jp2: isJp2(asset),
    })),
  );
  stated.sort(
    (one, other) =>
      Number(one.picture) - Number(other.picture) ||
      Number(one.jp2) - Number(other.jp2) ||
      resolutionRank(one.band) - resolutionRank(other.band) ||
      one.order - other.order,
  );
  const names = new Set<string>();
  return stated.flatMap(({ band, picture }) => {
    const wanted = picture
      ? [`${band.assetKey}.${band.name}`]
      : [band.name, band.assetKey, `${band.assetKey}.${band.name}`];
    const name = wanted.find((candidate) => !names.has(candidate));
    if (name === undefined) return [];
    names.add(name);
    return { ...band, name, commonName: picture || name !== band.name ? undefined : band.commonName };
  });
}

/** Assets without a stated grid come last, in the document's order. */
function resolutionRank({ grid }: StatedBand): number {
  return grid === undefined ? Infinity : Math.hypot(grid.transform[0], grid.transform[3]) || Infinity;
}

function rolesOf(asset: JsonRecord): readonly unknown[] {
  return asList(asset.roles);
}

function isRaster(asset: JsonRecord): boolean {
  const href = asText(asset.href);
  if (href === undefined) return false;
  if (rolesOf(asset).some((role) => ['thumbnail', 'overview', 'metadata'].includes(String(role))))
    return false;
  const type = asText(asset.type)?.toLowerCase();
  if (type !== undefined) return /^image\/(tiff|vnd\.stac\.geotiff|jp2)/.test(type);
  return /\.(tiff?|jp2)$/i.test(href);
}

function isPicture(asset: JsonRecord): boolean {
  return rolesOf(asset).includes('visual');
}

function isJp2(asset: JsonRecord): boolean {
  return /jp2/i.test(asText(asset.type) ?? asText(asset.href) ?? '');
}

function assetBands(key: string, asset: JsonRecord, properties: JsonRecord, where: string): StatedBand[] {
  const listed = asList(properties['eo:bands']);
  // STAC 0.8 points into the item's list of bands by number.
  const eo = asList(asset['eo:bands']).map((band) =>
    asRecord(typeof band === 'number' ? listed[band] : band),
  );
  const bands = asList(asset.bands).map(asRecord);
  const raster = asList(asset['raster:bands']).map(asRecord);
  const count = Math.max(1, bands.length, eo.length, raster.length);
  const grid = stacGrid(asset, properties, `${where}, asset '${key}'`);
  return Array.from({ length: count }, (_, bandIndex) => {
    const band = { ...raster[bandIndex], ...eo[bandIndex], ...bands[bandIndex] } as JsonRecord;
    const plain = count === 1 ? key : `${key}_${bandIndex + 1}`;
    const name = asText(band.name) ?? plain;
    const type = asText(band.data_type) ?? asText(asset.data_type);
    return {
      name,
      commonName: commonName(band, name, key),
      assetKey: key,
      href: String(asset.href),
      bandIndex,
      dataType: dataTypes.find((known) => known === type),
      nodata: firstOf(asNodata(band.nodata), asNodata(asset.nodata)),
      scale: firstNumber('scale', band, asset),
      offset: firstNumber('offset', band, asset),
      grid,
      revision: revisionOf(asset),
      picture: isPicture(asset),
    };
  });
}

/** File extension (`file:checksum`, `file:size`), its forerunner, and the common fields. */
const revisionFields = ['file:checksum', 'checksum:multihash', 'file:size', 'updated', 'etag', 'e_tag'];

function revisionOf(asset: JsonRecord): string | undefined {
  const stated = revisionFields.flatMap((field) => {
    const value = asset[field];
    return typeof value === 'string' || typeof value === 'number' ? [`${field}=${value}`] : [];
  });
  return stated.length > 0 ? stated.join(' ') : undefined;
}

function commonName(band: JsonRecord, name: string, key: string): string | undefined {
  const stated = asText(band['eo:common_name']) ?? asText(band.common_name);
  if (stated !== undefined) return stated;
  return [name, key].some((text) => /^scl(?![a-z])/i.test(text)) ? 'scl' : undefined;
}

/** `raster:scale` (raster extension 2) on band or asset, or `scale` of a `raster:bands` entry (raster extension 1). */
function firstNumber(field: 'scale' | 'offset', band: JsonRecord, asset: JsonRecord): number | undefined {
  return firstOf(
    asNumber(band[`raster:${field}`]),
    asNumber(band[field]),
    asNumber(asset[`raster:${field}`]),
  );
}
