import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type TypeScript from 'typescript';
import { ts } from './typescript.ts';

const settings: TypeScript.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  customConditions: ['node'],
  lib: ['lib.esnext.d.ts'],
  types: ['node'],
  strict: true,
  noImplicitAny: false,
  useUnknownInCatchVariables: false,
  allowUnusedLabels: true,
  allowUnreachableCode: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  noEmit: true,
  skipLibCheck: true,
};

/** What a notebook's `tsconfig.json` may set: what types mean, not how cells are made to run. */
const heeded = [
  'strict',
  'strictNullChecks',
  'strictFunctionTypes',
  'strictBindCallApply',
  'strictBuiltinIteratorReturn',
  'strictPropertyInitialization',
  'noImplicitAny',
  'noImplicitThis',
  'noImplicitReturns',
  'noImplicitOverride',
  'noFallthroughCasesInSwitch',
  'noUncheckedIndexedAccess',
  'noPropertyAccessFromIndexSignature',
  'exactOptionalPropertyTypes',
  'useUnknownInCatchVariables',
  'lib',
  'types',
  'typeRoots',
  'paths',
  'pathsBasePath',
  'baseUrl',
];

/**
 * The compiler options of a notebook: ours, with those of a `tsconfig.json` in its folder (and of what that extends)
 * that say what types mean. `notice` tells why a file is not heeded, or which of its options are wrong.
 */
export function notebookSettings(folder: string): {
  settings: TypeScript.CompilerOptions;
  notice?: string | undefined;
} {
  const file = join(folder, 'tsconfig.json');
  if (!existsSync(file)) return { settings };
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
  if (error || typeof config !== 'object' || config === null)
    return { settings, notice: noticeOf(file, error ? [error] : [], 'is not used') };
  // Which files it includes is of no interest, and a search could go through a whole home folder.
  const host = { ...ts.sys, readDirectory: () => [] };
  const { options, errors } = ts.parseJsonConfigFileContent(
    { ...config, files: [], include: [] },
    host,
    folder,
  );
  const wrong = errors.filter(({ code }) => code !== noInputs && code !== emptyFiles);
  const chosen = Object.fromEntries(
    heeded.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
  const { noImplicitAny, useUnknownInCatchVariables, ...others } = settings;
  const base = chosen.strict === undefined ? settings : others;
  const types = [...new Set(['node', ...(options.types ?? [])])];
  return {
    settings: { ...base, ...chosen, types },
    notice: wrong.length > 0 ? noticeOf(file, wrong, 'is used but for this') : undefined,
  };
}

const noInputs = 18003;
const emptyFiles = 18002;

function noticeOf(file: string, errors: readonly TypeScript.Diagnostic[], what: string): string {
  const reasons = errors.map(({ messageText, file: source, start }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (!source || start === undefined) return text;
    return `line ${source.getLineAndCharacterOfPosition(start).line + 1}: ${text}`;
  });
  return `Types: ${file} ${what}: ${reasons.slice(0, 3).join('; ') || 'it is not an object'}`;
}
