import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, isAbsolute, join, resolve as resolvePath } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { types } from 'node:util';
import vm from 'node:vm';
import { ModuleMissing } from '../errors.ts';
import { type FreshModules, openFreshModules } from './fresh-modules.ts';

/** Modules that the kernel itself offers to cells, by specifier. */
export type OwnModules = ReadonlyMap<string, () => Promise<object> | object>;

/** The namespace of a module: what `import()` gives. */
export type Importer = (specifier: string, options?: ImportCallOptions) => Promise<object>;

/** What `import.meta` is in a cell: that of a file in the notebook's folder. */
export interface CellMeta {
  readonly url: string;
  readonly filename: string;
  readonly dirname: string;
  readonly main: boolean;
  readonly resolve: (specifier: string) => string;
}

const extensions = ['', '.ts', '.js', '.mts', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];

/**
 * How cells import: modules of the kernel first, then from the notebook's folder as a file there would (packages of its
 * `node_modules`, relative files with or without extension, JSON, TypeScript), then packages installed with the kernel.
 * A relative file is read again when it, or a file that it imports, changed since.
 */
export function openImporter(folder: string, own: OwnModules): Importer & { readonly meta: CellMeta } {
  const referrer = join(folder, '[cell].mjs');
  const fromFolder = importerAt(referrer);
  let opened: FreshModules | undefined;
  // Hooks see every import of the process: a session without files of its own never pays for them.
  const fresh = (): FreshModules => (opened ??= openFreshModules());

  const importFile: Importer = async (specifier, options) => {
    const file = findFile(specifier, folder);
    if (file === undefined)
      throw new ModuleMissing(
        `Cannot find '${specifier}' from ${folder} (tried ${extensions.slice(1).join(' ')})`,
      );
    const json = file.endsWith('.json') ? { with: { type: 'json' } } : undefined;
    try {
      return await fromFolder(fresh().urlOf(file), options?.with ? options : json);
    } catch (error) {
      fresh().failed(file);
      throw codeOf(error) === 'ERR_UNKNOWN_FILE_EXTENSION' ? notCode(specifier, error) : error;
    }
  };

  const importOne: Importer = async (specifier, options) => {
    const offered = own.get(specifier);
    if (offered) return offered();
    if (isPath(specifier)) return importFile(specifier, options);
    try {
      return await fromFolder(specifier, options);
    } catch (error) {
      if (!misses(error, referrer)) throw error;
    }
    try {
      return options ? await import(specifier, options) : await import(specifier);
    } catch (error) {
      if (!misses(error, fileURLToPath(import.meta.url))) throw error;
      if (
        /^[^@/]+\.(?!js$|mjs$|cjs$)\w+$/.test(specifier) &&
        findFile(`./${specifier}`, folder) !== undefined
      )
        throw new ModuleMissing(
          `No package is called '${specifier}'; the file beside the notebook is './${specifier}'`,
        );
      throw new ModuleMissing(
        `Cannot find the package '${specifier}' from ${folder}. Install it there: npm install ${packageOf(specifier)}`,
      );
    }
  };

  const filename = join(folder, '[cell].ts');
  const { href: url } = pathToFileURL(filename);
  const resolve = (specifier: string) => (own.has(specifier) ? specifier : fresh().resolve(specifier, url));
  const importer: Importer = async (specifier, options) => withAllNames(await importOne(specifier, options));
  return Object.assign(importer, { meta: { url, filename, dirname: folder, main: true, resolve } });
}

function notCode(specifier: string, cause: unknown): ModuleMissing {
  const kind = extname(specifier);
  const jsx = kind === '.tsx' || kind === '.jsx' ? ': JSX has to be compiled first' : '';
  return new ModuleMissing(
    `'${specifier}' is no module${jsx || `: read it, as with readFileSync('${specifier}', 'utf8')`}. Cells import .ts, .js and .json files`,
    { cause },
  );
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

/** `require` of a cell: as `require` of a file in the notebook's folder, and for modules of the kernel that are there at once. */
export function requireFrom(folder: string, own: OwnModules): NodeJS.Require {
  const require = createRequire(join(folder, '[cell].cjs'));
  const requireOne = (specifier: string): unknown => {
    const offered = own.get(specifier)?.();
    return offered === undefined || types.isPromise(offered) ? require(specifier) : offered;
  };
  return Object.assign(requireOne, require);
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
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolvePath(folder, specifier);
  const isFile = (file: string) => existsSync(file) && statSync(file).isFile();
  const found = extensions.map((extension) => path + extension).find(isFile);
  // `./a.js` in TypeScript may mean `./a.ts`.
  return found ?? [path.replace(/\.js$/, '.ts')].find((file) => file !== path && isFile(file));
}

/** Whether this very import found nothing, and not one inside the imported module. */
function misses(error: unknown, referrer: string): boolean {
  const { message } = Object(error) as { message?: unknown };
  return codeOf(error) === 'ERR_MODULE_NOT_FOUND' && String(message).includes(`imported from ${referrer}`);
}

function codeOf(error: unknown): unknown {
  return (Object(error) as { code?: unknown }).code;
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
