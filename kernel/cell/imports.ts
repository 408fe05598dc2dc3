import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { ModuleMissing } from '../errors.ts';

/** Modules that the kernel itself offers to cells, by specifier. */
export type OwnModules = ReadonlyMap<string, () => Promise<object> | object>;

/** The namespace of a module: what `import()` gives. */
export type Importer = (specifier: string, options?: ImportCallOptions) => Promise<object>;

const extensions = ['', '.ts', '.js', '.mts', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];

/**
 * How cells import: modules of the kernel first, then from the notebook's folder as a file there would (packages of its
 * `node_modules`, relative files with or without extension, JSON, TypeScript), then packages installed with the kernel.
 * A relative file that changed since it was imported is read again.
 */
export function openImporter(folder: string, own: OwnModules): Importer {
  const referrer = join(folder, '[cell].mjs');
  const fromFolder = importerAt(referrer);
  const read = new Map<string, { changed: number; url: string }>();
  const importOne: Importer = async (specifier, options) => {
    const offered = own.get(specifier);
    if (offered) return offered();
    if (isPath(specifier)) {
      const file = findFile(specifier, folder);
      if (file === undefined)
        throw new ModuleMissing(
          `Cannot find '${specifier}' from ${folder} (tried ${extensions.slice(1).join(' ')})`,
        );
      const json = file.endsWith('.json') ? { with: { type: 'json' } } : undefined;
      return fromFolder(freshUrl(file, read), options?.with ? options : json);
    }
    try {
      return await fromFolder(specifier, options);
    } catch (error) {
      if (!misses(error, referrer)) throw error;
    }
    try {
      return options ? await import(specifier, options) : await import(specifier);
    } catch (error) {
      if (!misses(error, fileURLToPath(import.meta.url))) throw error;
      throw new ModuleMissing(
        `Cannot find the package '${specifier}' from ${folder}. Install it there: npm install ${packageOf(specifier)}`,
      );
    }
  };
  return async (specifier, options) => withAllNames(await importOne(specifier, options));
}

/**
 * The names that Node finds in a CommonJS module by reading its text are not all it has: the others are added, as
 * bundlers do. They are looked up when used, since exports may be getters that load more.
 */
function withAllNames(namespace: object): object {
  const commonJs = (namespace as Record<string, unknown>)['module.exports'];
  if ((typeof commonJs !== 'object' && typeof commonJs !== 'function') || commonJs === null) return namespace;
  const names = Object.keys(commonJs).filter((name) => !(name in namespace));
  if (names.length === 0) return namespace;
  const all = Object.create(null, Object.getOwnPropertyDescriptors(namespace)) as object;
  for (const name of names)
    Object.defineProperty(all, name, {
      enumerable: true,
      get: () => (commonJs as Record<string, unknown>)[name],
    });
  return all;
}

/** `require` of a cell: as `require` of a file in the notebook's folder. */
export function requireFrom(folder: string): NodeJS.Require {
  return createRequire(join(folder, '[cell].cjs'));
}

/** `import()` as if written in the file `path`, which need not exist. */
function importerAt(path: string): Importer {
  const script = new vm.Script('(specifier, options) => import(specifier, options)', {
    filename: path,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext() as Importer;
}

function isPath(specifier: string): boolean {
  return /^\.{1,2}(\/|$)/.test(specifier) || isAbsolute(specifier) || specifier.startsWith('file:');
}

function findFile(specifier: string, folder: string): string | undefined {
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(folder, specifier);
  const isFile = (file: string) => existsSync(file) && statSync(file).isFile();
  const found = extensions.map((extension) => path + extension).find(isFile);
  // `./a.js` in TypeScript may mean `./a.ts`.
  return found ?? [path.replace(/\.js$/, '.ts')].find((file) => file !== path && isFile(file));
}

function freshUrl(file: string, read: Map<string, { changed: number; url: string }>): string {
  const changed = statSync(file).mtimeMs;
  const before = read.get(file);
  if (before?.changed === changed) return before.url;
  const url = pathToFileURL(file).href + (before ? `?changed=${changed}` : '');
  read.set(file, { changed, url });
  return url;
}

/** Whether this very import found nothing, and not one inside the imported module. */
function misses(error: unknown, referrer: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' && String(message).includes(`imported from ${referrer}`);
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
