import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installKernelspec } from '../../kernel/install.ts';
import { packageRoot } from '../../src/config.ts';
import { build } from '../../start/build.ts';

/**
 * Puts the built kernel and the built extension where a Jupyter with `PREFIX/share/jupyter` on its path finds them; builds
 * first when `dist/` is older than the sources.
 */
export async function installIntoPrefix(prefix: string): Promise<void> {
  const silent = { update: () => undefined, done: () => undefined, abandon: () => undefined };
  await build({ root: packageRoot(), step: silent });
  await installKernelspec({ prefix, nodePath: process.execPath });
  const target = join(prefix, 'share', 'jupyter', 'labextensions', 'furrow');
  mkdirSync(target, { recursive: true });
  cpSync(join(packageRoot(), 'dist', 'labextension'), target, { recursive: true });
}
