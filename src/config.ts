import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgument } from './errors.ts';
import { listSetting, setting } from './settings.ts';

/** Where things lie on this machine. Read once from the environment by `readConfig`. */
export interface Config {
  /** Folder of everything Furrow writes: demo season, embedded store, results. */
  readonly dataDir: string;
  /** `postgres://...` of a PostgreSQL with PostGIS; undefined: the embedded store in `dataDir`. */
  readonly storeUrl: string | undefined;
  /** Named collections: `FURROW_COLLECTIONS` as `name=address` pairs, comma separated; `demo` is always there. */
  readonly collections: ReadonlyMap<string, string>;
}

/** The folder that holds package.json, from the sources as from `dist/`. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new InvalidArgument(`no package.json above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
  return folder;
}

/** Reads `FURROW_DATA`, `FURROW_STORE` and `FURROW_COLLECTIONS`; an ill-formed value throws `InvalidArgument`. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const dataDir = resolve(setting('data', environment) ?? join(packageRoot(), '.furrow'));
  const collections = new Map([['demo', join(dataDir, 'demo', 'collection.json')]]);
  for (const pair of listSetting('collections', environment)) {
    const equals = pair.indexOf('=');
    if (equals < 1)
      throw new InvalidArgument(
        `FURROW_COLLECTIONS holds '${pair}': write name=address, separated by commas`,
      );
    collections.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  return { dataDir, storeUrl: setting('store', environment), collections };
}
