import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * The stored text beside what it should be. With `UPDATE_SNAPSHOTS=1` the file is written first, so that the
 * difference shows in the commit instead of in the test.
 */
export function againstSnapshot(file: string, actual: string): { stored: string; actual: string } {
  if (process.env.UPDATE_SNAPSHOTS === '1') writeFileSync(file, actual);
  return { stored: existsSync(file) ? readFileSync(file, 'utf8') : '', actual };
}
