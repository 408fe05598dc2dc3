import { copyFile, cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './run-command.ts';
import { StartFailed } from './start-failed.ts';
import { venvFolder } from './venv.ts';

/** Where the bundled extension lies: the `outputDir` of widgets/labextension/package.json, which the compiler mirrors. */
function bundleFolder(root: string): string {
  return join(root, 'dist', 'labextension');
}

/** Bundles the compiled views for JupyterLab. Throws `StartFailed` with the bundler's first error. */
export async function buildLabExtension({
  root,
  signal,
}: {
  root: string;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const compiled = join(root, 'dist', 'widgets', 'labextension');
  await mkdir(compiled, { recursive: true });
  await copyFile(join(root, 'widgets', 'labextension', 'package.json'), join(compiled, 'package.json'));
  await rm(bundleFolder(root), { recursive: true, force: true });
  const modules = join(root, 'node_modules');
  const { code, lines } = await runCommand(
    process.execPath,
    [
      join(modules, '@jupyter', 'builder', 'lib', 'build-labextension.js'),
      // Without this file the builder asks the network which packages JupyterLab shares.
      '--core-package-file',
      join(modules, '@jupyterlab', 'core-meta', 'core.package.json'),
      compiled,
    ],
    { cwd: root, signal },
  );
  if (code === 0) return;
  const reason = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? `exit code ${code}`;
  throw new StartFailed(`The lab extension could not be bundled: ${reason.trim()}`);
}

/** Puts the bundle where the JupyterLab of `.venv` looks for prebuilt extensions, unless this very bundle is there. */
export async function installLabExtension(root: string): Promise<void> {
  const share = join(venvFolder(root), 'share', 'jupyter');
  const target = join(share, 'labextensions', 'furrow');
  const description = await readFile(join(bundleFolder(root), 'package.json'), 'utf8');
  // It names the entry file, whose name holds a hash of the content.
  if (description === (await readFile(join(target, 'package.json'), 'utf8').catch(() => undefined))) return;
  const draft = join(share, `furrow.${process.pid}.part`);
  await mkdir(dirname(target), { recursive: true });
  await cp(bundleFolder(root), draft, { recursive: true });
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
}
