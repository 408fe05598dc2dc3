import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedData, withoutSharedData } from '../support/shared-data.ts';
import type { Check, SuiteOptions, SuiteResult } from './suite.ts';
import { suiteResult } from './suite.ts';
import { compareZooFile } from './zoo/compare-file.ts';
import type { ZooFile } from './zoo/expected.ts';

/** More would mean that whole kinds of files cannot be read. */
const MOST_REFUSALS = 2;

/**
 * Real files of many makers against what rasterio and GDAL read of them: header facts, the pixels to the last bit
 * (those of JPEG and WebP within 2), masks, and statistics over the pixels that are data. One check a fact.
 */
export async function zoo({ tell }: SuiteOptions): Promise<SuiteResult> {
  const folder = sharedData('data', 'geotiff-zoo');
  if (folder === undefined)
    return suiteResult('zoo', [{ name: 'zoo', status: 'skipped', message: withoutSharedData }]);
  const { files } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
    files: Readonly<Record<string, ZooFile>>;
  };
  const details: Check[] = [];
  const refusals: string[] = [];
  let equal = 0;
  for (const [name, expected] of Object.entries(files)) {
    const path = join(folder, name);
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
    const { differences, refusal } = await compareZooFile(path, expected);
    if (hash !== expected.file_sha256) differences.push('the file is not the one that was described');
    if (refusal !== undefined) refusals.push(`${name}: ${refusal}`);
    if (differences.length === 0 && refusal === undefined) equal++;
    const message = [...differences, ...(refusal === undefined ? [] : [`refused: ${refusal}`])].join('; ');
    details.push({ name, status: differences.length === 0 ? 'passed' : 'failed', message });
    tell?.(`${name}: ${message || 'equal'}`);
  }
  details.push({
    name: `at most ${MOST_REFUSALS} files are refused`,
    status: refusals.length <= MOST_REFUSALS ? 'passed' : 'failed',
    message: refusals.join('; '),
  });
  return suiteResult('zoo', details, {
    files: Object.keys(files).length,
    equal,
    refused: refusals.length,
  });
}
