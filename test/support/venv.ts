import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';

/** Python of the test environment (rasterio, rio-cogeo, nbclient, ...), or undefined where it is not installed. */
export function testPython(): string | undefined {
  const python = join(packageRoot(), '.venv-test', 'bin', 'python');
  return existsSync(python) ? python : undefined;
}

/** The reason a test gives when it skips for want of the environment. */
export const withoutTestPython = 'the Python test environment is absent: npm run setup:peers';
