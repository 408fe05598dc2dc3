import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';

/** A path below the folder `shared` beside the checkout, or undefined where that folder is absent (tests then skip). */
export function sharedData(...parts: readonly string[]): string | undefined {
  const folder = process.env.FURROW_SHARED ?? join(packageRoot(), '..', 'shared');
  return existsSync(folder) ? join(folder, ...parts) : undefined;
}

/** The reason a test gives when it skips for want of `../shared`. */
export const withoutSharedData = 'the folder ../shared with real data is absent';
