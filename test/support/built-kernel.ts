import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { TestKernel } from '../kernel/client.ts';
import { buildForTests } from './scratch-kernel.ts';

/** What a kernelspec starts, but for the Node that runs it: the built kernel with its prelude. */
export function builtKernel(): { readonly main: string; readonly prelude: string } {
  const folder = join(packageRoot(), 'dist', 'kernel');
  return { main: join(folder, 'main.js'), prelude: join(folder, 'prelude.js') };
}

/** Starts the kernel as users have it: built, with its prelude and with type errors shown. */
export async function startBuiltKernel(env: Readonly<Record<string, string>> = {}): Promise<TestKernel> {
  await buildForTests();
  const { main, prelude } = builtKernel();
  return TestKernel.start({ main, args: ['--prelude', prelude], env: { FURROW_TYPES: 'warn', ...env } });
}
