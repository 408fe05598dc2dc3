import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const reader = `
import hashlib, json, sys, rasterio
for path in sys.stdin.read().split('\\n'):
    with rasterio.open(path) as ds:
        print(json.dumps([ds.crs.to_epsg(), ds.nodata, list(ds.transform)[:6], hashlib.sha256(ds.read().tobytes()).hexdigest()]))
`;

const season = sharedData('data', 's2-l2a-swiss-wheat-2022');
const python = testPython();
const skip = season === undefined ? withoutSharedData : python === undefined ? withoutTestPython : false;

test('every fifth image of a real Sentinel-2 season equals what rasterio reads', { skip }, async () => {
  const paths = globSync(`${season}/**/*.tif`)
    .sort()
    .filter((_, i) => i % 5 === 0);
  assert.ok(paths.length > 50);
  const child = promisify(execFile)(python ?? '', ['-c', reader], { maxBuffer: 2 ** 26 });
  child.child.stdin?.end(paths.join('\n'));
  const answers = (await child).stdout.trim().split('\n');
  for (const [i, path] of paths.entries()) {
    const { info, read } = await openRasterAt(path);
    const hash = createHash('sha256');
    for (const pixels of await read())
      hash.update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
    const ours = [Number(info.crs?.slice(5)), info.nodata ?? null, info.transform, hash.digest('hex')];
    assert.deepEqual(ours, JSON.parse(answers[i] ?? 'null'), path);
  }
});
