import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InvalidFile } from '../../src/errors.ts';
import { decodePicture } from '../../src/raster/decode-picture.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';

const program = `
import sys
import numpy as np
import rasterio

rows, columns = np.mgrid[0:50, 0:70]
picture = np.stack([rows * 5, columns * 3, (rows + columns) * 2]).astype("uint8")
for count in (1, 3):
    path = f"{sys.argv[1]}/{count}.jpg"
    with rasterio.open(path, "w", driver="JPEG", width=70, height=50, count=count, dtype="uint8", QUALITY=90) as file:
        file.write(picture[:count])
    with rasterio.open(path) as file:
        file.read().tofile(f"{sys.argv[1]}/{count}.raw")
`;

test('JPEG as map servers send it, gray and in colours, as GDAL reads it', {
  skip: testPython() === undefined && withoutTestPython,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-jpeg-'));
  try {
    execFileSync(testPython() ?? '', ['-c', program, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    for (const count of [1, 3]) {
      const { width, height, rgba } = decodePicture(await readFile(join(folder, `${count}.jpg`)), 'test');
      const expected = await readFile(join(folder, `${count}.raw`));
      assert.deepEqual([width, height], [70, 50]);
      let worst = 0;
      for (let i = 0; i < width * height; i++) {
        for (let channel = 0; channel < 3; channel++) {
          const theirs = expected[(count === 1 ? 0 : channel) * width * height + i] ?? -1;
          worst = Math.max(worst, Math.abs((rgba[4 * i + channel] ?? -1) - theirs));
        }
        assert.equal(rgba[4 * i + 3], 255);
      }
      assert.ok(worst <= 3, `${worst} grey levels`);
    }
    assert.throws(() => decodePicture(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), 'test'), InvalidFile);
    assert.throws(() => decodePicture(Buffer.from('<html>'), 'test'), InvalidFile);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
