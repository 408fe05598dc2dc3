import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type TypeScript from 'typescript';
import { openCellModules } from './cell-modules.ts';
import { syntaxErrors } from './completeness.ts';
import type { RecordedCell } from './language-messages.ts';
import { notebookSettings } from './notebook-settings.ts';
import { ts } from './typescript.ts';

/** The text being asked about, in the program: `offset` is where it starts in `file`. */
export interface OpenText {
  readonly file: string;
  readonly offset: number;
}

export interface LanguageProject {
  readonly service: TypeScript.LanguageService;
  /** What is wrong with the settings of the folder, to be told once. */
  readonly notice: string | undefined;
  record(cell: RecordedCell): void;
  /** Makes a text the cell that is being written, or one that was: `header` is what stood in front of it then. */
  open(code: string, header?: string): OpenText;
  /** The cells recorded as unchecked since the last call, with what stood in front of them. */
  takeUnchecked(): (RecordedCell & { readonly header: string })[];
  /** Looks up packages and files anew. */
  folderChanged(): void;
  /** A program that has all cells that ran, and a file of its own that sees their names; not always the text opened last. */
  settled(): SettledProgram | undefined;
  /** Keeps the newest program as the settled one, so that no older one stays in memory. */
  settle(): void;
  /** The keyword that declared a name of an earlier cell or of the prelude. */
  kindOf(name: string): string | undefined;
  /** Source of a definition, without what was put in front of the cell. */
  sourceOf(file: string, start: number, end: number): string | undefined;
}

/** A program that answers as long as no cell runs and no file changes. */
export interface SettledProgram {
  readonly program: TypeScript.Program;
  readonly checker: TypeScript.TypeChecker;
  /** An empty module that sees every name; what is asked at its end is asked of an empty cell. */
  readonly names: TypeScript.SourceFile;
}

/** Most cells whose types are checked after they ran. */
const mostUnchecked = 20;

/** How long answers of the file system are believed: a package may be installed while the notebook is open. */
const believeMs = 2000;

/**
 * The program of a notebook: its cells as modules in its folder, the exports of the prelude as their names, Node's
 * types. Packages are looked up from the folder, then where the kernel itself stands.
 */
export function openProject(options: {
  readonly folder: string;
  readonly globalTypes?: string | undefined;
  readonly preludeTypes?: string | undefined;
  readonly untyped?: readonly string[] | undefined;
  readonly now?: (() => number) | undefined;
}): LanguageProject {
  const { folder, globalTypes, preludeTypes, untyped = [], now = Date.now } = options;
  const require = createRequire(import.meta.url);
  const { settings, notice } = notebookSettings(folder);
  const home = dirname(require.resolve('typescript/package.json'));
  const cells = openCellModules();
  const current = join(folder, '__cell.mts');
  const ambient = join(folder, '__untyped.d.ts');
  const names = join(folder, '__names.mts');
  const pathOf = (specifier: string): string => join(folder, `__${specifier.slice(1)}.mts`);
  const texts = new Map<string, { text: string; version: number; snapshot: TypeScript.IScriptSnapshot }>();
  const library = new Map<string, { modified: number; snapshot: TypeScript.IScriptSnapshot }>();
  const unchecked: (RecordedCell & { header: string })[] = [];
  let version = 0;
  /** The cell that is being written imports what is not there, and may be there when it is run again. */
  let lacking = false;

  function setText(file: string, text: string): void {
    if (texts.get(file)?.text === text) return;
    texts.set(file, { text, version: ++version, snapshot: ts.ScriptSnapshot.fromString(text) });
  }

  const disk = believing(now);
  const prelude = preludeTypes === undefined ? undefined : typesOf(preludeTypes);
  const globals = globalTypes === undefined ? undefined : typesOf(globalTypes);
  const roots = [globals, prelude].filter((file) => file !== undefined);
  const moduleHost: TypeScript.ModuleResolutionHost = {
    fileExists: (file) => texts.has(file) || disk.fileExists(file),
    readFile: (file) => texts.get(file)?.text ?? ts.sys.readFile(file),
    directoryExists: disk.directoryExists,
    getDirectories: ts.sys.getDirectories,
    useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
  };
  const resolutions = ts.createModuleResolutionCache(folder, (name) => name, settings);

  function read(file: string): TypeScript.IScriptSnapshot | undefined {
    const modified = disk.modified(file);
    const known = library.get(file);
    if (known?.modified === modified) return known.snapshot;
    const text = ts.sys.readFile(file);
    if (text === undefined) return undefined;
    const snapshot = ts.ScriptSnapshot.fromString(text);
    library.set(file, { modified, snapshot });
    return snapshot;
  }

  /** Modules by names of our own: `furrow` is the prelude for cells only. */
  function ownModule(name: string, fromCell: boolean): string | undefined {
    if (name === '#prelude' || (name === 'furrow' && fromCell)) return prelude;
    if (name === '#globals') return globals;
    return name.startsWith('#cell-') ? pathOf(name) : undefined;
  }

  function resolve(name: string, from: string): TypeScript.ResolvedModuleWithFailedLookupLocations {
    const own = ownModule(name, texts.has(from));
    if (own !== undefined) {
      const extension = /\.d\.[mc]?ts$/.test(own) ? ts.Extension.Dts : ts.Extension.Ts;
      return { resolvedModule: { resolvedFileName: own, extension, isExternalLibraryImport: false } };
    }
    const fromCell = texts.has(from);
    const found = ts.resolveModuleName(name, from, settings, moduleHost, fromCell ? undefined : resolutions);
    if (found.resolvedModule || !fromCell || /^\.{0,2}\//.test(name)) return found;
    return ts.resolveModuleName(name, join(home, 'cell.mts'), settings, moduleHost, resolutions);
  }

  const host: TypeScript.LanguageServiceHost = {
    getCompilationSettings: () => settings,
    getProjectVersion: () => String(version),
    getScriptFileNames: () => [...roots, ...texts.keys()],
    getScriptVersion: (file) => String(texts.get(file)?.version ?? disk.modified(file)),
    getScriptSnapshot: (file) => texts.get(file)?.snapshot ?? read(file),
    getCurrentDirectory: () => folder,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getDefaultLibFileName: (wanted) => ts.getDefaultLibFilePath(wanted),
    fileExists: moduleHost.fileExists,
    readFile: moduleHost.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: disk.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
    resolveModuleNameLiterals(literals, from) {
      const found = literals.map(({ text }) => resolve(text, from));
      if (from === current) lacking = found.some(({ resolvedModule }) => !resolvedModule);
      return found;
    },
    resolveTypeReferenceDirectiveReferences: (references, from) =>
      references.map((reference) => {
        const name = typeof reference === 'string' ? reference : reference.fileName;
        // One copy of Node's types only: a second one, from the notebook's folder, would contradict the first.
        const base = name === 'node' ? join(home, 'cell.mts') : from;
        return ts.resolveTypeReferenceDirective(name, base, settings, moduleHost);
      }),
  };
  const service = ts.createLanguageService(host);
  setText(current, '\n');
  setText(names, '\n');
  setText(ambient, untyped.map((name) => `declare module ${JSON.stringify(name)};\n`).join(''));
  let settled: SettledProgram | undefined;
  let stale = true;
  let looked = now();

  function settle(): void {
    const program = service.getProgram();
    stale = false;
    if (program === settled?.program) return;
    const file = program?.getSourceFile(names);
    settled = program && file && { program, checker: program.getTypeChecker(), names: file };
  }

  /** Files of the user in the program may be edited elsewhere. */
  function filesChanged(): boolean {
    if (now() - looked <= believeMs) return false;
    looked = now();
    for (const [file, { modified }] of library) {
      if (disk.modified(file) === modified) continue;
      version++;
      return true;
    }
    return false;
  }

  if (globals) cells.declare('#globals', exportedNames(service, globals));
  if (prelude) cells.declare('#prelude', exportedNames(service, prelude));
  setText(names, cells.headerFor(''));

  return {
    service,
    notice,
    kindOf: cells.kindOf,
    record(cell) {
      if (cell.failed && syntaxErrors(cell.source).length > 0) return;
      if (cell.unchecked) unchecked.push({ ...cell, header: cells.headerFor(cell.source) });
      if (unchecked.length > mostUnchecked) unchecked.shift();
      cells.record(cell);
      for (const { specifier, text } of cells.modules.values()) setText(pathOf(specifier), text);
      const wanted = new Set([...cells.modules.keys()].map(pathOf));
      for (const file of texts.keys()) {
        if ([current, ambient, names].includes(file) || wanted.has(file)) continue;
        texts.delete(file);
        version++;
      }
      setText(names, cells.headerFor(''));
      stale = true;
    },
    settled() {
      if (stale || filesChanged()) settle();
      return settled;
    },
    settle,
    takeUnchecked: () => unchecked.splice(0),
    folderChanged() {
      disk.forget();
      resolutions.clear();
      // What a text imports is looked up again only when the text seems new.
      for (const [file, known] of texts) texts.set(file, { ...known, version: ++version });
      stale = true;
    },
    open(code, header = cells.headerFor(code)) {
      // An import that was not found may be there now; it is looked up again only when the text seems new.
      if (lacking) texts.delete(current);
      if (filesChanged()) version++;
      setText(current, header + code);
      return { file: current, offset: header.length };
    },
    sourceOf(file, start, end) {
      const text = texts.get(file)?.text ?? host.readFile(file);
      return text?.slice(start, end);
    },
  };
}

/** The file that has the types of a module: itself, or for JavaScript the declarations beside it. */
function typesOf(module: string): string | undefined {
  const file = module.replace(/(?<!\.d)\.([cm]?)js$/, '.d.$1ts');
  return existsSync(file) ? file : undefined;
}

/** The file system, asked at most once for each path in `believeMs`. */
function believing(now: () => number) {
  let since = now();
  const files = new Map<string, boolean>();
  const folders = new Map<string, boolean>();
  const times = new Map<string, number>();
  function ask<T>(known: Map<string, T>, path: string, look: (path: string) => T): T {
    if (now() - since > believeMs) {
      for (const map of [files, folders, times]) map.clear();
      since = now();
    }
    const before = known.get(path);
    if (before !== undefined) return before;
    const found = look(path);
    known.set(path, found);
    return found;
  }
  return {
    forget: () => {
      since = Number.NEGATIVE_INFINITY;
    },
    fileExists: (path: string) => ask(files, path, ts.sys.fileExists),
    directoryExists: (path: string) => ask(folders, path, ts.sys.directoryExists),
    /** Files of packages never change under a running kernel as far as types go; those of the user do. */
    modified: (path: string) =>
      path.includes('/node_modules/')
        ? 0
        : ask(times, path, (file) => ts.sys.getModifiedTime?.(file)?.getTime() ?? 0),
  };
}

/** What the prelude gives to cells: all its exports but `attachKernel` and a default. */
function exportedNames(service: TypeScript.LanguageService, prelude: string) {
  const program = service.getProgram();
  const checker = program?.getTypeChecker();
  const file = program?.getSourceFile(prelude);
  const module = file && checker?.getSymbolAtLocation(file);
  if (!checker || !module) return [];
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const { name } = symbol;
    if (name === 'default' || name === 'attachKernel') return [];
    const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const kind =
      flags & ts.SymbolFlags.Function ? 'function' : flags & ts.SymbolFlags.Class ? 'class' : 'const';
    const value = (flags & ts.SymbolFlags.Value) !== 0;
    const type = (flags & ts.SymbolFlags.Type) !== 0;
    return [{ name, kind: value ? kind : 'interface', value, type }];
  });
}
