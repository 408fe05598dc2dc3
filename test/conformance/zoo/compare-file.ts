import { createHash } from 'node:crypto';
import { Unsupported } from '../../../src/errors.ts';
import type { PixelArray } from '../../../src/raster/pixels.ts';
import type { Raster, RasterInfo } from '../../../src/raster/raster.ts';
import { openRasterAt } from '../../../src/raster/raster-cache.ts';
import { sameReference } from './compare-crs.ts';
import type { ZooBand, ZooFile } from './expected.ts';
import { gdalChecksum } from './gdal-checksum.ts';

/** Pixels of these depend on the decoder. */
const LOSSY = /^(JPEG|WEBP)$/;
const LOSSY_TOLERANCE = 2;

interface Comparison {
  readonly differences: string[];
  /** Why the pixels are not read; the header is compared all the same. */
  readonly refusal: string | undefined;
}

export async function compareZooFile(path: string, expected: ZooFile): Promise<Comparison> {
  const differences: string[] = [];
  const raster = await openRasterAt(path);
  compareHeader(raster.info, expected, differences);
  try {
    await comparePixels(raster, expected, differences);
    return { differences, refusal: undefined };
  } catch (error) {
    if (error instanceof Unsupported) return { differences, refusal: error.message };
    throw error;
  }
}

/** Formats without TIFF's notions of byte order, interleaving and compression leave them out. */
function compareHeader(info: RasterInfo, expected: ZooFile, differences: string[]): void {
  const tiff = expected.driver === 'GTiff';
  const equal = (what: string, ours: unknown, theirs: unknown): void => {
    const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)];
    if (a !== b) differences.push(`${what} ${a}, not ${b}`);
  };
  equal('shape', [info.bands, info.height, info.width], [expected.count, expected.height, expected.width]);
  const type = info.complex ? `complex_${info.dataType}` : info.dataType;
  equal('type', Array(info.bands).fill(type), expected.dtypes);
  equal('nodata', Array(info.bands).fill(info.nodata ?? null), expected.nodata);
  if (!sameReference(info.crs, expected))
    differences.push(`CRS ${info.crs}, not EPSG:${expected.epsg} ${expected.crs_wkt}`);
  // GDAL stands in the identity where a file has no georeference.
  const transform = info.transform ?? [1, 0, 0, 0, 1, 0];
  const near = transform.every((value, i) => {
    const wanted = expected.transform[i] ?? Number.NaN;
    return Math.abs(value - wanted) <= 1e-12 * Math.abs(wanted);
  });
  if (!near) differences.push(`transform ${transform}, not ${expected.transform}`);
  const [block] = expected.block_shapes;
  const [level] = info.levels;
  // GDAL reads a codestream of one large tile in blocks of its own making.
  const oneTile = !tiff && level?.tileWidth === info.width && level.tileHeight === info.height;
  if (!oneTile) equal('block', [level?.tileHeight, level?.tileWidth], block);
  const factors = info.levels.slice(1).map(({ width }) => Math.round(info.width / width));
  equal('overviews', factors, expected.overviews[0]);
  equal('mask flags', info.maskFlags, expected.mask_flags);
  equal('colours', info.colorInterpretation, expected.colorinterp);
  equal('scales', info.scales, expected.scales);
  equal('offsets', info.offsets, expected.offsets);
  equal(
    'descriptions',
    info.descriptions,
    expected.descriptions.map((text) => text ?? ''),
  );
  equal('ground control points', info.gcps?.length ?? 0, expected.gcps);
  equal('RPC', info.rpcs !== undefined, expected.rpcs);
  equal('colour map', info.colorMap !== undefined, Object.keys(expected.colormap_entries).length > 0);
  if (!tiff) return;
  equal('compression', info.compression.toUpperCase(), expected.compression ?? 'NONE');
  equal('interleave', info.interleave.toUpperCase(), expected.interleave);
  equal('byte order', info.byteOrder, expected.byte_order);
  equal('BigTIFF', info.bigTiff, expected.bigtiff);
  // GDAL says nothing where the file has no keys at all.
  if (expected.area_or_point !== null) equal('area or point', info.areaOrPoint, expected.area_or_point);
}

async function comparePixels(raster: Raster, expected: ZooFile, differences: string[]): Promise<void> {
  const { info } = raster;
  const bands = await raster.read();
  const mask = await raster.readMask?.();
  const lossy = LOSSY.test(expected.compression ?? '');
  for (const [i, pixels] of bands.entries()) {
    const band = expected.bands[i];
    if (band === undefined) continue;
    const where = `band ${i + 1}:`;
    if (!lossy) {
      const hash = createHash('sha256')
        .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
        .digest('hex');
      if (hash !== band.sha256_c_order_le) differences.push(`${where} other pixels (SHA-256)`);
      const checksum = gdalChecksum(pixels);
      if (checksum !== band.checksum) differences.push(`${where} checksum ${checksum}, not ${band.checksum}`);
    }
    for (const { row, col, value } of band.samples) {
      const ours = Number(pixels[row * info.width + col]);
      const same =
        value === null ? Number.isNaN(ours) : Math.abs(ours - value) <= (lossy ? LOSSY_TOLERANCE : 0);
      if (!same) differences.push(`${where} ${ours} at (${row}, ${col}), not ${value}`);
    }
    const masked = info.maskFlags?.[i]?.includes('per_dataset') ? mask : undefined;
    compareStatistics(pixels, masked, info.nodata, band, lossy ? LOSSY_TOLERANCE : 0, where, differences);
  }
}

function compareStatistics(
  pixels: PixelArray,
  mask: Uint8Array | undefined,
  nodata: number | undefined,
  expected: ZooBand,
  tolerance: number,
  where: string,
  differences: string[],
): void {
  const values: number[] = [];
  for (let i = 0; i < pixels.length; i++) {
    const value = Number(pixels[i]);
    if (mask?.[i] !== 0 && value !== nodata && Number.isFinite(value)) values.push(value);
  }
  if (values.length !== expected.valid)
    differences.push(`${where} ${values.length} valid pixels, not ${expected.valid}`);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const ours = {
    min: values.reduce((least, value) => Math.min(least, value), Infinity),
    max: values.reduce((most, value) => Math.max(most, value), -Infinity),
    mean,
    std: Math.sqrt(variance),
  };
  for (const name of ['min', 'max', 'mean', 'std'] as const) {
    const wanted = expected[name];
    if (wanted === null) continue;
    const slack =
      name === 'min' || name === 'max' ? tolerance : tolerance / 20 + 1e-9 * Math.abs(wanted) + 1e-12;
    if (!(Math.abs(ours[name] - wanted) <= slack))
      differences.push(`${where} ${name} ${ours[name]}, not ${wanted}`);
  }
}
