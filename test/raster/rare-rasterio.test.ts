import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { transformer } from '../../src/geometry/crs.ts';
import { pixelArray } from '../../src/raster/pixels.ts';
import type { RationalPolynomials } from '../../src/raster/raster.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { writeRareTiffs } from '../support/rare-tiffs.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

/** Chrominance is enlarged in floating point here, in integers there. */
const lossy: ReadonlySet<string> = new Set(['jpeg-ycbcr', 'jpeg-mask', 'webp']);
const TOLERANCE = 2;

describe('rare kinds of TIFF are what rasterio reads of them', {
  skip: testPython() ? false : withoutTestPython,
}, () => {
  const { folder, files } = testPython() ? writeRareTiffs() : { folder: '', files: [] };
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of files)
    test(file.name, async () => {
      const raster = await openRasterAt(file.path);
      const { info } = raster;
      assert.equal(info.dataType, file.dtype);
      assert.equal(info.bands, file.count);
      assert.equal(info.nodata, file.nodata === null ? undefined : Number(file.nodata));
      assert.deepEqual(info.maskFlags, file.flags);
      assert.deepEqual(info.colorInterpretation, file.colors);
      assert.deepEqual(info.descriptions, file.descriptions);
      assert.deepEqual(info.metadata, file.tags);
      const palette = file.palette?.flat();
      assert.deepEqual(info.colorMap && [...info.colorMap.subarray(0, palette?.length)], palette);
      assert.equal(info.levels.length, file.levels);

      const bands = await raster.read();
      const pixels = info.width * info.height;
      const expected = pixelArray(info.dataType, pixels * info.bands);
      new Uint8Array(expected.buffer).set(file.raw);
      for (const [band, values] of bands.entries()) {
        const theirs = expected.subarray(band * pixels, (band + 1) * pixels);
        if (!lossy.has(file.name)) assert.deepEqual(values, theirs, `band ${band}`);
        else
          for (let i = 0; i < pixels; i++)
            assert.ok(
              Math.abs(Number(values[i]) - Number(theirs[i])) <= TOLERANCE,
              `band ${band}, pixel ${i}`,
            );
      }
    });

  test('masks are those of rasterio at every level and in every window', async () => {
    let masked = 0;
    for (const file of files) {
      const raster = await openRasterAt(file.path);
      for (const [level, { width, height }] of raster.info.levels.entries()) {
        const mask = await raster.readMask?.({ level });
        const hasMask = file.flags[0]?.includes('per_dataset') ?? false;
        assert.equal(mask !== undefined, hasMask, file.name);
        if (mask === undefined) continue;
        masked++;
        const expected = new Uint8Array(file.masks[level] ?? []);
        assert.deepEqual(mask, expected, `${file.name}, level ${level}`);
        const window = { x: 3, y: 5, width: width - 7, height: 4 };
        const part = await raster.readMask?.({ level, window });
        const rows = [5, 6, 7, 8].flatMap((row) => [
          ...expected.subarray(row * width + 3, (row + 1) * width - 4),
        ]);
        assert.deepEqual(
          part,
          Uint8Array.from(rows),
          `${file.name}, level ${level}, window of ${height} rows`,
        );
      }
    }
    assert.ok(masked >= 14, `${masked} masks`);
  });

  test('ground control points and their CRS', async () => {
    const file = files.find(({ name }) => name === 'points');
    const { info } = await openRasterAt(file?.path ?? '');
    assert.deepEqual(
      info.gcps?.map(({ column, row, x, y, z }) => [column, row, x, y, z]),
      file?.gcps,
    );
    assert.equal(info.gcpCrs, `EPSG:${file?.gcp_crs}`);
    assert.equal(info.transform, undefined);
  });

  test('rational polynomials', async () => {
    const file = files.find(({ name }) => name === 'rational');
    const { rpcs } = (await openRasterAt(file?.path ?? '')).info;
    const theirs: Readonly<Record<string, keyof RationalPolynomials>> = {
      err_bias: 'errorBias',
      err_rand: 'errorRandom',
      line_off: 'lineOffset',
      samp_off: 'sampleOffset',
      lat_off: 'latitudeOffset',
      long_off: 'longitudeOffset',
      height_off: 'heightOffset',
      line_scale: 'lineScale',
      samp_scale: 'sampleScale',
      lat_scale: 'latitudeScale',
      long_scale: 'longitudeScale',
      height_scale: 'heightScale',
      line_num_coeff: 'lineNumerator',
      line_den_coeff: 'lineDenominator',
      samp_num_coeff: 'sampleNumerator',
      samp_den_coeff: 'sampleDenominator',
    };
    for (const [name, own] of Object.entries(theirs)) assert.deepEqual(rpcs?.[own], file?.rpcs?.[name], name);
  });

  test('a CRS written out in parameters puts corners where PROJ does', async () => {
    const projected = files.filter(({ places }) => places !== undefined);
    assert.ok(projected.length >= 6);
    for (const { path, places = [], name } of projected) {
      const { crs = '' } = (await openRasterAt(path)).info;
      const figure = crs.split(' ').filter((word) => /^\+(ellps|a|b|rf|datum)=/.test(word));
      const toDegrees = transformer(crs, ['+proj=longlat', ...figure].join(' '));
      for (const [x, y, lon, lat] of places) {
        const [ourLon, ourLat] = toDegrees(x, y);
        assert.ok(
          Math.hypot(ourLon - lon, ourLat - lat) < 1e-8,
          `${name}: ${ourLon} ${ourLat}, not ${lon} ${lat}`,
        );
      }
    }
    const own = await openRasterAt(files.find(({ name }) => name === 'crs-longlat')?.path ?? '');
    assert.match(own.info.crs ?? '', /^\+proj=longlat \+a=6378000 \+rf=300/);
  });
});
