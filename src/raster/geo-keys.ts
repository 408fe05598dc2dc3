import type { Affine } from '../geometry/affine.ts';
import { type GeoKeyValues, ownCrs } from './geo-key-projection.ts';
import type { GroundControlPoint } from './raster.ts';
import type { Directory } from './tiff-directory.ts';
import { tag } from './tiff-tags.ts';

/** GeoTIFF 1.1 key numbers, section 7. */
export const geoKey = {
  modelType: 1024,
  rasterType: 1025,
  geodeticCrs: 2048,
  projectedCrs: 3072,
  projection: 3074,
} as const;
const USER_DEFINED = 32767;
const PIXEL_IS_POINT = 2;

function shortKeys(directory: Directory): ReadonlyMap<number, number> {
  return allKeys(directory, false).numbers;
}

/** The keys by number; those that stand in the tags of doubles and texts only when `long`. */
function allKeys({ numbers, texts }: Directory, long: boolean): GeoKeyValues {
  const directory = numbers.get(tag.geoKeyDirectory);
  const keys = { numbers: new Map<number, number>(), texts: new Map<number, string>() };
  if (directory === undefined) return keys;
  const count = Math.min(directory[3] ?? 0, Math.floor(directory.length / 4) - 1);
  for (let i = 1; i <= count; i++) {
    const [id = 0, location, length = 0, value = 0] = directory.subarray(i * 4, i * 4 + 4);
    if (location === 0) keys.numbers.set(id, value);
    else if (long && location === tag.geoDoubles) {
      const number = numbers.get(tag.geoDoubles)?.[value];
      if (number !== undefined && Number.isFinite(number)) keys.numbers.set(id, number);
    } else if (long && location === tag.geoTexts) {
      const text = texts.get(tag.geoTexts)?.slice(value, value + length);
      if (text !== undefined) keys.texts.set(id, text);
    }
  }
  return keys;
}

/** Whether the file's coordinates are those of pixel centres (GTRasterTypeGeoKey). */
export function isPixelPoint(directory: Directory): boolean {
  return shortKeys(directory).get(geoKey.rasterType) === PIXEL_IS_POINT;
}

/**
 * The ground control points: several tiepoints without an affine transform. They are of pixel corners; those of
 * PixelIsPoint are moved by half a pixel, as GDAL does.
 */
export function gcpsOf(directory: Directory): GroundControlPoint[] | undefined {
  const tie = directory.numbers.get(tag.modelTiepoint);
  if (tie === undefined || tie.length < 12 || transformOf(directory) !== undefined) return undefined;
  const half = isPixelPoint(directory) ? 0.5 : 0;
  return Array.from({ length: Math.floor(tie.length / 6) }, (_, i) => {
    const [column = 0, row = 0, , x = 0, y = 0, z = 0] = tie.subarray(i * 6, i * 6 + 6);
    return { column: column + half, row: row + half, x, y, z };
  });
}

/**
 * The file's horizontal CRS: `EPSG:n`, or PROJ text or WKT of one of its own making; undefined when it has none or is not
 * understood. In a file with ground control points it is theirs.
 */
export function crsOf(directory: Directory): string | undefined {
  return codeOf(directory) ?? ownCrs(allKeys(directory, true));
}

function codeOf(directory: Directory): string | undefined {
  const keys = shortKeys(directory);
  const isCode = (code: number | undefined): code is number =>
    code !== undefined && code > 0 && code < USER_DEFINED;
  const geodetic = keys.get(geoKey.geodeticCrs);
  if (keys.get(geoKey.modelType) !== 1) return isCode(geodetic) ? `EPSG:${geodetic}` : undefined;
  const projected = keys.get(geoKey.projectedCrs);
  if (isCode(projected)) return `EPSG:${projected}`;
  // EPSG operations 16001-16060 and 16101-16160 are the UTM zones north and south.
  const operation = keys.get(geoKey.projection) ?? 0;
  const zone = operation % 100;
  const south = operation > 16100;
  if (geodetic === 4326 && operation > 16000 && operation <= 16160 && zone >= 1 && zone <= 60)
    return `EPSG:${(south ? 32700 : 32600) + zone}`;
  return undefined;
}

/**
 * The affine transform of pixel corners (GeoTIFF 1.1 section 7.2.2.4): ModelTransformation, else one tiepoint with
 * ModelPixelScale. PixelIsPoint is moved by half a pixel, and a scale's y is taken as its absolute value, as GDAL
 * does (gt_wkt_srs.cpp, geotiff.cpp). Undefined when there is none, or only ground control points.
 */
export function transformOf(directory: Directory): Affine | undefined {
  const { numbers } = directory;
  const matrix = numbers.get(tag.modelTransformation);
  const scale = numbers.get(tag.modelPixelScale);
  const tie = numbers.get(tag.modelTiepoint);
  let affine: Affine | undefined;
  if (scale && tie && scale.length >= 2 && tie.length === 6 && scale[0] !== 0 && scale[1] !== 0) {
    const [scaleX = 0, scaleY = 0] = scale;
    const [column = 0, row = 0, , x = 0, y = 0] = tie;
    const stepY = -Math.abs(scaleY);
    affine = [scaleX, 0, x - column * scaleX, 0, stepY, y - row * stepY];
  } else if (matrix && matrix.length === 16) {
    const [a = 0, b = 0, , c = 0, d = 0, e = 0, , f = 0] = matrix;
    affine = [a, b, c, d, e, f];
  }
  if (affine === undefined || !affine.every(Number.isFinite)) return undefined;
  const [a, b, c, d, e, f] = affine;
  if (a * e - b * d === 0) return undefined;
  if (!isPixelPoint(directory)) return affine;
  return [a, b, c - (a + b) / 2, d, e, f - (d + e) / 2];
}
