import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CogOptions } from '../../../src/raster/cog-options.ts';
import type { DataType } from '../../../src/raster/pixels.ts';
import { encodeCog } from '../../../src/raster/write-cog.ts';
import { syntheticBand } from '../../support/synthetic-pixels.ts';
import { testPython } from '../../support/venv.ts';

const ours: readonly (readonly [name: string, type: DataType, options: CogOptions])[] = [
  ['deflate', 'uint16', { compression: 'deflate' }],
  ['zstd-big', 'float32', { compression: 'zstd', bigTiff: true }],
  ['lzw-planes', 'uint8', { compression: 'lzw', interleave: 'band' }],
  ['none', 'float64', { compression: 'none' }],
  ['deflate-wide', 'int64', { compression: 'deflate', predictor: 2, bigTiff: true }],
];

/** Writes the files whose mutants are read: our own COGs, and through GDAL, where it is, the kinds that we do not write. */
export async function writeSeeds(folder: string): Promise<void> {
  for (const [name, type, options] of ours) {
    const bands = [1, 2].map((seed) => syntheticBand(type, 120, 90, seed));
    const bytes = await encodeCog(
      { width: 120, height: 90, dataType: type, bands },
      {
        tileSize: 32,
        overviews: [2, 4],
        nodata: 7,
        crs: 'EPSG:32631',
        transform: [10, 0, 5e5, 0, -10, 5e6],
        ...options,
      },
    );
    writeFileSync(join(folder, `cog-${name}.tif`), bytes);
  }
  const python = testPython();
  if (python !== undefined)
    execFileSync(
      python,
      [fileURLToPath(new URL('../../support/rare_tiffs.py', import.meta.url)), folder, '--jp2'],
      {
        stdio: 'pipe',
      },
    );
}
