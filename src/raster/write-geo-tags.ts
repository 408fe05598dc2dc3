import { InvalidArgument } from '../errors.ts';
import { type Affine, invertAffine } from '../geometry/affine.ts';
import { geoKey } from './geo-keys.ts';
import { isGeographicCode } from './geographic-codes.ts';
import { tag } from './tiff-tags.ts';
import type { TagValue } from './tiff-writer.ts';

const DEGREE = 9102;
const ANGULAR_UNITS = 2054;
const PIXEL_IS_AREA = 1;

/**
 * GeoTIFF 1.1 tags for an EPSG code and an affine transform of pixel corners; none for what is undefined. Readers look
 * the code up themselves, so no parameters are written. Throws `InvalidArgument` for a CRS that is no EPSG code below
 * 32767 (`OGC:CRS84` counts as EPSG:4326, which GeoTIFF stores in longitude, latitude order) or a degenerate transform.
 */
export function geoTags(crs: string | undefined, transform: Affine | undefined): TagValue[] {
  const tags: TagValue[] = [];
  if (transform !== undefined) {
    invertAffine(transform);
    const [a, b, c, d, e, f] = transform;
    if (b === 0 && d === 0 && a > 0 && e < 0) {
      tags.push({ tag: tag.modelPixelScale, type: 'double', values: [a, -e, 0] });
      tags.push({ tag: tag.modelTiepoint, type: 'double', values: [0, 0, 0, c, f, 0] });
    } else {
      const values = [a, b, 0, c, d, e, 0, f, 0, 0, 0, 0, 0, 0, 0, 1];
      tags.push({ tag: tag.modelTransformation, type: 'double', values });
    }
  }
  if (crs !== undefined) {
    const code = epsgCode(crs);
    const keys = isGeographicCode(code)
      ? [
          geoKey.modelType,
          0,
          1,
          2,
          geoKey.rasterType,
          0,
          1,
          PIXEL_IS_AREA,
          geoKey.geodeticCrs,
          0,
          1,
          code,
          ANGULAR_UNITS,
          0,
          1,
          DEGREE,
        ]
      : [geoKey.modelType, 0, 1, 1, geoKey.rasterType, 0, 1, PIXEL_IS_AREA, geoKey.projectedCrs, 0, 1, code];
    tags.push({ tag: tag.geoKeyDirectory, type: 'short', values: [1, 1, 0, keys.length / 4, ...keys] });
  }
  return tags;
}

function epsgCode(crs: string): number {
  if (/^(OGC:)?CRS84$/i.test(crs)) return 4326;
  const code = Number(/^EPSG:(\d{4,5})$/i.exec(crs)?.[1] ?? 'NaN');
  if (!(code >= 1024 && code <= 32766))
    throw new InvalidArgument(`'${crs}' cannot be written into a GeoTIFF: give EPSG:n with n below 32767`);
  return code;
}
