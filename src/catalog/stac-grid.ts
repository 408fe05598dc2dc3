import type { Affine } from '../geometry/affine.ts';
import { crsName, isKnownCode } from '../geometry/crs.ts';
import type { Grid } from '../geometry/grid.ts';
import { checkLimit } from '../limits.ts';
import { asList, asNumber, asText, firstOf, type JsonRecord } from './stac-json.ts';

/**
 * The grid that the projection extension (1.x `proj:epsg`, 2.x `proj:code`) states for an asset, field by field from the asset,
 * else from the item's properties; undefined unless CRS, shape and transform (or bounding box) are all there. A code that our
 * table lacks gives way to `proj:wkt2` or `proj:projjson` beside it. `where` names the asset when the shape is over the limit.
 */
export function stacGrid(asset: JsonRecord, properties: JsonRecord, where: string): Grid | undefined {
  const crs = stacCrs(asset) ?? stacCrs(properties);
  const shape = firstOf(numbers(asset['proj:shape'], 2), numbers(properties['proj:shape'], 2));
  if (crs === undefined || shape === undefined) return undefined;
  const [height, width] = shape as [number, number];
  if (!Number.isSafeInteger(height) || !Number.isSafeInteger(width) || height < 1 || width < 1)
    return undefined;
  checkLimit('rasterSide', Math.max(height, width), where);
  const transform =
    stacTransform(asset, width, height) ??
    // A shape of the asset's own with the item's transform would be a grid that nobody stated.
    (asset['proj:shape'] === undefined ? stacTransform(properties, width, height) : undefined);
  return transform === undefined ? undefined : { crs, transform, width, height };
}

function stacCrs(fields: JsonRecord): string | undefined {
  const code = asText(fields['proj:code']) ?? asNumber(fields['proj:epsg']) ?? asNumber(fields['eo:epsg']);
  const name = code === undefined ? undefined : crsName(String(code));
  // A code that our table lacks may come with its definition.
  if (name !== undefined && isKnownCode(name)) return name;
  const wkt = asText(fields['proj:wkt2']);
  const json = fields['proj:projjson'];
  if (wkt !== undefined) return crsName(wkt);
  return typeof json === 'object' && json !== null ? crsName(json) : name;
}

function stacTransform(fields: JsonRecord, width: number, height: number): Affine | undefined {
  const six = numbers(asList(fields['proj:transform']).slice(0, 6), 6);
  if (six !== undefined) return six as unknown as Affine;
  const bbox = numbers(fields['proj:bbox'], 4);
  if (bbox === undefined) return undefined;
  const [xmin, ymin, xmax, ymax] = bbox as [number, number, number, number];
  return [(xmax - xmin) / width, 0, xmin, 0, (ymin - ymax) / height, ymax];
}

function numbers(value: unknown, count: number): number[] | undefined {
  const list = asList(value).map(asNumber);
  return list.length === count && !list.includes(undefined) ? (list as number[]) : undefined;
}
