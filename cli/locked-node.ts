import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/config.ts';

/**
 * The Node that the lock file installs: the kernel runs on it whatever Node the machine has, and however often that one is
 * replaced. Where the packages came without it, the Node that runs this.
 */
export function lockedNode(): string {
  const linked = join(packageRoot(), 'node_modules', '.bin', 'node');
  return existsSync(linked) ? realpathSync(linked) : process.execPath;
}
