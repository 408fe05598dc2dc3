import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageRoot } from '../src/config.ts';

/**
 * Puts the bundled views of the widgets into one of Jupyter's data folders, where JupyterLab, Notebook and Voila find
 * them. Returns their folder.
 */
export async function installLabViews(dataFolder: string): Promise<string> {
  const target = labViewsFolder(dataFolder);
  const draft = join(dataFolder, `furrow.${process.pid}.part`);
  await mkdir(dirname(target), { recursive: true });
  await cp(join(packageRoot(), 'dist', 'labextension'), draft, { recursive: true });
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
  return target;
}

/** Removes them; false where there are none. */
export async function removeLabViews(dataFolder: string): Promise<boolean> {
  const target = labViewsFolder(dataFolder);
  if (!existsSync(target)) return false;
  await rm(target, { recursive: true });
  return true;
}

function labViewsFolder(dataFolder: string): string {
  return join(dataFolder, 'labextensions', 'furrow');
}
