import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { PixelArray } from '../../src/raster/pixels.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

/** Writes files of many encodings with GDAL, and beside them what GDAL reads back. */
const writer = `
import hashlib, itertools, json, sys, warnings
import numpy as np, rasterio
from rasterio.transform import from_origin
warnings.filterwarnings('ignore')
folder = sys.argv[1]
rng = np.random.default_rng(7)
cases = []

def write(name, dtype, bands=1, size=(70, 90), sparse=False, **profile):
    path = f'{folder}/{len(cases)}.tif'
    h, w = size
    field = 60 + 30 * np.sin(np.arange(w) / 9)[None, :] + np.arange(h)[:, None] / 5
    data = np.stack([(field + rng.integers(0, 20, size) + b).astype(dtype) for b in range(bands)])
    info = np.finfo(dtype) if np.dtype(dtype).kind == 'f' else np.iinfo(dtype)
    data[0, 0, :2] = [info.min, info.max]
    with rasterio.open(path, 'w', driver='GTiff', width=w, height=h, count=bands, dtype=dtype, crs='EPSG:32632',
                       transform=from_origin(500000, 5000000, 10, 10), **profile) as ds:
        if sparse: ds.write(data[:, :16, :16], window=((0, 16), (0, 16)))
        else: ds.write(data)
    with rasterio.open(path) as ds:
        back = ds.read()
        cases.append({'name': name, 'path': path, 'dtype': dtype, 'transform': list(ds.transform)[:6], 'sha': [hashlib.sha256(b.astype(b.dtype.newbyteorder('<')).tobytes()).hexdigest() for b in back]})

types = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64', 'uint64', 'int64']
tiled = {'tiled': True, 'blockxsize': 32, 'blockysize': 48}
for dtype in types:
    for compress in ['deflate', 'zstd', 'lzw', 'packbits', 'none']:
        predictors = [1] if compress in ('packbits', 'none') else [1, 2, 3] if dtype.startswith('float') else [1, 2]
        for predictor in predictors:
            options = dict(compress=compress, predictor=predictor) if compress in ('deflate', 'zstd', 'lzw') else dict(compress=compress)
            n = len(cases)
            shape = [dict(tiled), dict(blockysize=7), dict(tiled, interleave='band'), dict(blockysize=11, interleave='band'), dict(tiled, interleave='pixel'), dict(interleave='pixel', blockysize=90)][n % 6]
            if n % 2: shape['ENDIANNESS'] = 'BIG'
            if n % 3 == 0: shape['BIGTIFF'] = 'YES'
            write(f'{dtype} {options} {shape}', dtype, bands=1 + n % 3, **options, **shape)
write('sparse tiles with nodata', 'int16', 2, sparse=True, nodata=-9, SPARSE_OK=True, compress='deflate', **tiled)
write('sparse tiles without nodata', 'float32', 1, sparse=True, SPARSE_OK=True, **tiled)
write('one uncompressed strip of several megabytes', 'uint16', 3, size=(1100, 900), interleave='pixel', blockysize=1100)
write('one uncompressed strip a plane, big endian', 'uint32', 2, size=(1100, 900), interleave='band', blockysize=1100, ENDIANNESS='BIG')
json.dump(cases, open(f'{folder}/cases.json', 'w'))
`;

interface Case {
  readonly name: string;
  readonly path: string;
  readonly dtype: string;
  readonly transform: readonly number[];
  readonly sha: readonly string[];
}

export function sha256(pixels: PixelArray): string {
  return createHash('sha256')
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
    .digest('hex');
}

const python = testPython();

describe('files that GDAL wrote give the pixels that GDAL reads', {
  skip: python ? false : withoutTestPython,
}, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-gdal-'));
    await promisify(execFile)(python ?? '', ['-c', writer, folder]);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('every type, codec, predictor, byte order, layout; sparse files; long strips', async () => {
    const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[];
    assert.ok(cases.length >= 90);
    const wrong: string[] = [];
    for (const { name, path, dtype, transform, sha } of cases) {
      const { info, read } = await openRasterAt(path);
      assert.equal(info.dataType, dtype, name);
      assert.equal(info.crs, 'EPSG:32632', name);
      assert.deepEqual(info.transform, transform, name);
      const pixels = await read().catch((error: unknown) => wrong.push(`${name}: ${error}`));
      if (typeof pixels !== 'number')
        for (const [band, one] of pixels.entries())
          if (sha256(one) !== sha[band]) wrong.push(`${name}, band ${band}`);
    }
    assert.deepEqual(wrong, []);
  });
});
