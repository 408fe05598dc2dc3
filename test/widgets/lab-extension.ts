import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/config.ts';

const run = promisify(execFile);

/**
 * Builds the prebuilt extension as the project's build does (compile, put package.json beside it, bundle) and copies it to
 * `PREFIX/share/jupyter/labextensions/furrow`.
 */
export async function installLabExtension(prefix: string): Promise<void> {
  const root = packageRoot();
  const modules = join(root, 'node_modules');
  const compiled = join(root, 'dist/widgets/labextension');
  await run(process.execPath, [
    join(modules, 'typescript/bin/tsc'),
    '-b',
    join(root, 'widgets/labextension'),
  ]);
  await cp(join(root, 'widgets/labextension/package.json'), join(compiled, 'package.json'));
  await run(process.execPath, [
    join(modules, '@jupyter/builder/lib/build-labextension.js'),
    '--core-package-file',
    join(modules, '@jupyterlab/core-meta/core.package.json'),
    compiled,
  ]);
  const target = join(prefix, 'share/jupyter/labextensions/furrow');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await cp(join(root, 'dist/labextension'), target, { recursive: true });
}
