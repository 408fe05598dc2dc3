import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/**
 * A stamp file says from which inputs a result was made, so that a second start does nothing. True when it holds `hash`
 * and every one of `results` exists.
 */
export async function isFresh(
  stamp: string,
  hash: string,
  results: readonly string[] = [],
): Promise<boolean> {
  const held = await readFile(stamp, 'utf8').catch(() => undefined);
  return held === hash && results.every((path) => existsSync(path));
}

/** Written whole or not at all. */
export async function writeStamp(stamp: string, hash: string): Promise<void> {
  await mkdir(dirname(stamp), { recursive: true });
  const draft = `${stamp}.${process.pid}`;
  await writeFile(draft, hash);
  await rename(draft, stamp);
}

/** Called before the work, so that work broken off halfway is done again. */
export async function removeStamp(stamp: string): Promise<void> {
  await rm(stamp, { force: true });
}

/**
 * SHA-256 over names and contents of files; a folder stands for all files below it except what `skip` names, an absent
 * path for itself. The order of `paths` does not matter.
 */
export async function hashInputs(
  root: string,
  paths: readonly string[],
  skip: (path: string) => boolean = () => false,
): Promise<string> {
  const files = (await Promise.all(paths.map((path) => filesBelow(root, path, skip)))).flat().sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = await readFile(join(root, file)).catch(() => undefined);
    hash.update(`${file}\0${bytes?.length ?? 'absent'}\0`);
    if (bytes) hash.update(bytes);
  }
  return hash.digest('hex');
}

async function filesBelow(root: string, path: string, skip: (path: string) => boolean): Promise<string[]> {
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  );
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !skip(file));
}
