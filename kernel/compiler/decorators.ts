import { createRequire } from 'node:module';
import { parse } from 'acorn';
import type TypeScript from 'typescript';
import { applyEdits } from './edits.ts';
import { keepLines } from './keep-lines.ts';
import { usingEdits } from './using.ts';

/**
 * TypeScript or JavaScript with decorators (TC39 stage 3) to what engines run today, with every token on its own line. Loads the
 * TypeScript compiler, 45 MiB and 250 ms: only for texts that nothing else can read.
 */
export function lowerDecorators(script: string): string {
  const ts = createRequire(import.meta.url)('typescript') as typeof TypeScript;
  const { outputText } = ts.transpileModule(keepUsing(script, ts), {
    fileName: 'cell.ts',
    compilerOptions: {
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.ESNext,
      inlineSourceMap: true,
      verbatimModuleSyntax: true,
      useDefineForClassFields: true,
      removeComments: true,
    },
  });
  return keepLines(outputText);
}

/** `using` at the top level stays a declaration of its own: lowered, it would wrap the whole text. */
function keepUsing(script: string, ts: typeof TypeScript): string {
  const file = ts.createSourceFile('cell.ts', script, ts.ScriptTarget.ESNext, false);
  const edits = file.statements.flatMap((statement) => {
    if (!ts.isVariableStatement(statement)) return [];
    const { flags, declarations } = statement.declarationList;
    const kind = flags & ts.NodeFlags.BlockScoped;
    const awaits = kind === ts.NodeFlags.AwaitUsing;
    if (!awaits && kind !== ts.NodeFlags.Using) return [];
    const start = statement.getStart(file);
    const end = declarations[0]?.getStart(file) ?? start;
    const values = declarations.flatMap(({ initializer }) =>
      initializer ? [{ start: initializer.getStart(file), end: initializer.end }] : [],
    );
    return usingEdits(script, { start, end, values, kind: awaits ? 'await using' : 'using' });
  });
  return applyEdits(script, edits).code;
}

/** Whether a text cannot be parsed because of a decorator. */
export function hasDecorators(script: string): boolean {
  if (!script.includes('@')) return false;
  try {
    parse(script, { ecmaVersion: 'latest', sourceType: 'module' });
    return false;
  } catch (error) {
    return failsAtDecorator(script, error);
  }
}

/** Whether a text that could not be parsed failed at a decorator. */
export function failsAtDecorator(text: string, error: unknown): boolean {
  return (
    error instanceof SyntaxError && 'pos' in error && typeof error.pos === 'number' && text[error.pos] === '@'
  );
}
