import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Unsupported } from '../../src/errors.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly count: number;
  readonly dtypes: readonly string[];
  readonly nodata: readonly (number | null)[];
  readonly epsg: number | null;
  readonly transform: readonly number[];
  readonly overviews: readonly (readonly number[])[];
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
  readonly descriptions: readonly (string | null)[];
  readonly bands: readonly { readonly sha256_c_order_le: string }[];
}

/** Refused by name: no decoder yet, no array for such pixels, or an internal mask without which they mean nothing. */
const refused: Readonly<Record<string, RegExp>> = {
  'rgba8_strip.tiff': /WebP/,
  'be_cog.tiff': /JPEG/,
  'cog_hirise_mars.tif': /JPEG/,
  'goes.tif': /mask/,
  'cog_uint8_rgb_mask.tif': /mask/,
  'geotiff_with_mask_from_stream_compressed.tiff': /mask/,
  'cint16.tif': /complex/,
  'img-16bit.jp2': /JPEG 2000/,
  'T33UUU_20170216T102101_B05.jp2': /JPEG 2000/,
};
/** A CRS written out parameter by parameter; GDAL finds its code by searching the registry, we say undefined. */
const userDefined: ReadonlySet<string> = new Set(['slope_nodata.tif']);

const zoo = sharedData('data', 'geotiff-zoo');

describe('real files of many makers', { skip: zoo ? false : withoutSharedData }, () => {
  const { files } = zoo
    ? (JSON.parse(readFileSync(join(zoo, 'expected.json'), 'utf8')) as { files: Record<string, Expected> })
    : { files: {} };
  for (const [name, expected] of Object.entries(files)) {
    const reason = refused[name];
    test(`${name} ${reason ? 'is refused by name' : 'has the pixels and the header that rasterio reads'}`, async () => {
      const path = join(zoo ?? '', name);
      if (reason) {
        const reading = openRasterAt(path).then((raster) => raster.read());
        await assert.rejects(reading, (error) => error instanceof Unsupported && reason.test(error.message));
        return;
      }
      const { info, read } = await openRasterAt(path);
      assert.deepEqual(
        [info.width, info.height, info.bands],
        [expected.width, expected.height, expected.count],
      );
      assert.equal(info.dataType, expected.dtypes[0]);
      assert.equal(info.nodata, expected.nodata[0] ?? undefined);
      assert.equal(
        info.crs,
        expected.epsg === null || userDefined.has(name) ? undefined : `EPSG:${expected.epsg}`,
      );
      // GDAL stands in the identity where a file has no georeference.
      for (const [i, value] of (info.transform ?? [1, 0, 0, 0, 1, 0]).entries()) {
        const wanted = expected.transform[i] ?? Number.NaN;
        assert.ok(
          Math.abs(value - wanted) <= 1e-12 * Math.abs(wanted),
          `transform ${info.transform} for ${expected.transform}`,
        );
      }
      const factors = info.levels.slice(1).map(({ width }) => Math.round(info.width / width));
      assert.deepEqual(factors, expected.overviews[0]);
      assert.deepEqual(info.scales, expected.scales);
      assert.deepEqual(info.offsets, expected.offsets);
      assert.deepEqual(
        info.descriptions,
        expected.descriptions.map((text) => text ?? ''),
      );
      const hashes = (await read()).map((pixels) =>
        createHash('sha256')
          .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
          .digest('hex'),
      );
      assert.deepEqual(
        hashes,
        expected.bands.map((band) => band.sha256_c_order_le),
      );
    });
  }
});
