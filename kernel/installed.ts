import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { InstallFailed } from './errors.ts';

/** A kernelspec whose kernel is this one. */
export interface InstalledKernel {
  readonly name: string;
  readonly displayName: string;
  readonly folder: string;
  /** Files it is started with that no longer exist: its Node, its program, its prelude. Such a kernel does not start. */
  readonly missing: readonly string[];
}

/**
 * The kernelspecs of a folder of Jupyter's whose kernel is this one (its program is `main.js` or `main.ts` of a `kernel`
 * folder), by name. A folder that does not exist has none.
 */
export async function listKernelspecs(kernels: string): Promise<InstalledKernel[]> {
  if (!existsSync(kernels)) return [];
  const found: InstalledKernel[] = [];
  for (const name of (await readdir(kernels)).sort()) {
    const folder = join(kernels, name);
    const spec = name.startsWith('.') ? undefined : await readSpec(folder);
    if (spec) found.push({ name, folder, ...spec });
  }
  return found;
}

/** Removes an installed kernelspec. Throws `InstallFailed` where its folder may not be changed. */
export async function removeKernelspec({ name, folder }: InstalledKernel): Promise<void> {
  try {
    await rm(folder, { recursive: true });
  } catch (error) {
    throw new InstallFailed(`The kernelspec '${name}' cannot be removed: ${String(error)}`, { cause: error });
  }
}

/** Display name and what is missing of a kernelspec of ours; undefined for another's, or none. */
async function readSpec(
  folder: string,
): Promise<Pick<InstalledKernel, 'displayName' | 'missing'> | undefined> {
  try {
    const spec = JSON.parse(await readFile(join(folder, 'kernel.json'), 'utf8')) as Record<string, unknown>;
    const words = Array.isArray(spec.argv) ? spec.argv.map(String) : [];
    if (!words.some((word) => /[\\/]kernel[\\/]main\.[jt]s$/.test(word))) return undefined;
    const missing = words.filter((word) => isAbsolute(word) && !existsSync(word));
    return { displayName: String(spec.display_name), missing };
  } catch {
    return undefined;
  }
}
