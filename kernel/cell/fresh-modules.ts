import { readFileSync, statSync } from 'node:fs';
import { createRequire, registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasDecorators, lowerDecorators } from '../compiler/decorators.ts';
import { stripTypes } from '../compiler/strip-types.ts';

/** Modules of the user's own files, which are read again once they, or anything they import, have changed. */
export interface FreshModules {
  /** The URL under which a file is imported now: another one than before when something it needs has changed. */
  urlOf(file: string): string;
  /** The import of this file failed: the next one tries everything it needs again. */
  failed(file: string): void;
  /** What `import.meta.resolve` of a module at this URL gives. */
  resolve(specifier: string, parent: string): string;
}

interface ReadFile {
  /** Its time of change when it was last imported. */
  changed: number;
  /** Counts how often it had to be read again; part of its URL. */
  version: number;
  readonly imports: Set<string>;
}

/** `import.meta.resolve` knows no parent but the module it stands in; the hook takes it from this address. */
const asking = 'furrow-resolve:';

/** Installs the hooks that find out which file imports which. Once a process. */
export function openFreshModules(): FreshModules {
  const files = new Map<string, ReadFile>();
  const { cache } = createRequire(import.meta.url);
  let rounds = 0;

  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith(asking)) {
        const [asked, parentURL] = JSON.parse(decodeURIComponent(specifier.slice(asking.length))) as [
          string,
          string,
        ];
        return next(asked, { ...context, parentURL });
      }
      const found = next(specifier, context);
      const parent = files.get(pathOf(context.parentURL ?? '') ?? '');
      const file = parent && pathOf(found.url);
      if (!parent || file === undefined) return found;
      parent.imports.add(file);
      const { version } = known(file);
      if (version === 0 || !context.conditions.includes('import')) return found;
      return { ...found, url: versioned(found.url, version) };
    },
    load(url, context, next) {
      const file = pathOf(url);
      if (file === undefined || !files.has(file) || !/\.m?ts$/.test(file)) return next(url, context);
      const compiled = compiledModule(readFileSync(file, 'utf8'));
      return compiled === undefined
        ? next(url, context)
        : { format: 'module', source: compiled, shortCircuit: true };
    },
  });

  function known(file: string): ReadFile {
    const before = files.get(file);
    if (before) return before;
    const made = { changed: changeOf(file), version: 0, imports: new Set<string>() };
    files.set(file, made);
    return made;
  }

  /** The file, and those that it leads to. */
  function reached(file: string): Map<string, ReadFile> {
    const all = new Map([[file, known(file)]]);
    for (const { imports } of all.values())
      for (const one of imports) if (!all.has(one)) all.set(one, known(one));
    return all;
  }

  function readAgain(file: string, { imports }: ReadFile): void {
    files.set(file, { changed: changeOf(file), version: rounds, imports: new Set(imports) });
    delete cache[file];
  }

  return {
    urlOf(file) {
      const all = reached(file);
      const stale = new Set(
        [...all].filter(([one, { changed }]) => changeOf(one) !== changed).map(([one]) => one),
      );
      for (let before = -1; before < stale.size; ) {
        before = stale.size;
        for (const [one, { imports }] of all)
          if ([...imports].some((needed) => stale.has(needed))) stale.add(one);
      }
      rounds += 1;
      for (const [one, read] of all) if (stale.has(one)) readAgain(one, read);
      return versioned(pathToFileURL(file).href, known(file).version);
    },
    failed(file) {
      for (const read of reached(file).values()) read.changed = Number.NaN;
    },
    resolve: (specifier, parent) =>
      import.meta.resolve(asking + encodeURIComponent(JSON.stringify([specifier, parent]))),
  };
}

/** A module with enums, namespaces, parameter properties or decorators, which Node itself does not take; else undefined. */
function compiledModule(text: string): string | undefined {
  if (!/\b(enum|namespace|constructor|import)\b|@/.test(text)) return undefined;
  try {
    const plain = stripTypeScriptTypes(text);
    return text.includes('@') && hasDecorators(plain) ? lowerDecorators(plain) : undefined;
  } catch {
    try {
      const plain = stripTypes(text);
      return hasDecorators(plain) ? lowerDecorators(plain) : plain;
    } catch {
      return undefined; // Node's error names the file
    }
  }
}

function versioned(url: string, version: number): string {
  return version === 0 ? url : `${url}?changed=${version}`;
}

/** The path of a file of the user's own; packages do not change while they are used. */
function pathOf(url: string): string | undefined {
  return url.startsWith('file:') && !url.includes('/node_modules/') ? fileURLToPath(url) : undefined;
}

function changeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
