import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/config.ts';

const run = promisify(execFile);

/**
 * Builds the prebuilt extension as the project's build does (compile, put package.json beside it, bundle), in a folder of its
 * own so that tests can run side by side, and puts it to `PREFIX/share/jupyter/labextensions/furrow`.
 */
export async function installLabExtension(prefix: string): Promise<void> {
  const root = packageRoot();
  const modules = join(root, 'node_modules');
  const here = { cwd: root };
  await run(process.execPath, [join(modules, 'typescript/bin/tsc'), '-b', 'widgets/labextension'], here);
  // inside the project, where the bundler finds node_modules; outputDir in package.json leads two folders up
  const stage = await mkdtemp(join(root, 'dist', 'lab-'));
  try {
    for (const part of ['shared', 'view', 'labextension'])
      await cp(join(root, 'dist/widgets', part), join(stage, 'widgets', part), { recursive: true });
    const compiled = join(stage, 'widgets/labextension');
    await cp(join(root, 'widgets/labextension/package.json'), join(compiled, 'package.json'));
    const builder = join(modules, '@jupyter/builder/lib/build-labextension.js');
    const core = join(modules, '@jupyterlab/core-meta/core.package.json');
    await run(process.execPath, [builder, '--core-package-file', core, compiled], here);
    const target = join(prefix, 'share/jupyter/labextensions/furrow');
    await mkdir(target, { recursive: true });
    await cp(join(stage, 'labextension'), target, { recursive: true });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}
