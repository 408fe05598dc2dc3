import { Unsupported } from '../errors.ts';
import type { ByteSource } from '../storage/source.ts';
import { openEnvi } from './envi-raster.ts';
import type { HeaderOptions } from './header-reader.ts';
import { isJpeg2000 } from './jp2-boxes.ts';
import { openJpeg2000 } from './jp2-raster.ts';
import type { Raster } from './raster.ts';
import type { TileCache } from './tile-cache.ts';

/** Formats that are told by their first bytes and refused by name. */
const refused: readonly (readonly [start: string, name: string])[] = [
  ['EHFA_HEADER_TAG', 'ERDAS Imagine'],
  ['\x89HDF', 'HDF5 or netCDF 4'],
  ['CDF', 'netCDF 3'],
  ['GRIB', 'GRIB'],
  ['NITF', 'NITF'],
];

/**
 * Opens a raster that is no TIFF, by its first bytes (`start`): JPEG 2000, or an ENVI image by its header. Undefined when it is none of these; throws `Unsupported`
 * for formats that are known and cannot be read, besides what the format's own reader throws.
 */
export async function openOtherFormat(
  source: ByteSource,
  { signal, start, tileCache }: HeaderOptions & { readonly start: Uint8Array; readonly tileCache: TileCache },
): Promise<Raster | undefined> {
  if (isJpeg2000(start)) return openJpeg2000(source, { signal, start, tileCache });
  const text = Buffer.from(start.subarray(0, 16)).toString('latin1');
  const known = refused.find(([begin]) => text.startsWith(begin));
  if (known !== undefined)
    throw new Unsupported(
      `${source.url}: ${known[1]} files cannot be read; convert it (gdal_translate -of COG)`,
    );
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return undefined;
  if (/\.dim$/i.test(source.url))
    throw new Unsupported(
      `${source.url}: a BEAM-DIMAP product; open its bands, the .img files in the .data folder beside it`,
    );
  return openEnvi(source, start, { signal, tileCache });
}
