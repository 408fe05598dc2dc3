import { type Program, parse } from 'acorn';
import { failsAtDecorator, lowerDecorators } from './decorators.ts';
import { applyEdits, type Edit } from './edits.ts';
import { magicScript } from './magic-script.ts';
import { adviceFor, magicEntry } from './magic-table.ts';
import { leadingBrace } from './object-literal.ts';
import { redeclareEdits } from './redeclare.ts';
import { moduleEdits } from './rewrite-modules.ts';
import { rememberColumns, type ScriptId, type SourceColumn, scriptName } from './source-columns.ts';
import { stripTypes } from './strip-types.ts';
import { CellSyntaxError, clearMessage, placeOf } from './syntax-error.ts';

/** A cell ready for `Runtime.evaluate` with `replMode`. */
export interface TransformedCell {
  /** JavaScript, on the lines of the source, ending with a `sourceURL` comment. */
  readonly code: string;
  /** It begins with `%%time`: whoever runs it tells how long that took. */
  readonly timed: boolean;
}

/**
 * TypeScript of one cell to a script. Types go in place, imports become awaited calls of
 * `globalThis['furrow.import'](specifier, { with }?)`, everything the top level declares can be declared
 * again by a later cell, a text in braces that reads as an object is one. `cell` names the script, `cell-3.ts`, whose
 * columns `sourceColumn` takes back to the source from then on. A cell that does not end with an expression evaluates to
 * undefined. Magics become calls of `globalThis['furrow.magic']`; `declared` tells them from remainders, as
 * in `findMagics`. Throws `CellSyntaxError`.
 */
export function transformCell(
  source: string,
  options: { readonly cell: ScriptId; readonly declared?: ((name: string) => boolean) | undefined },
): TransformedCell {
  const text = source.startsWith('\ufeff') ? ` ${source.slice(1)}` : source;
  const magic = magicScript(text, options.declared);
  if (!magic) return { code: transformCode(text, options.cell), timed: false };
  const plain = applyEdits(text, magic.edits);
  try {
    return { code: transformCode(plain.code, options.cell, plain.sourceColumn), timed: magic.timed };
  } catch (error) {
    if (!(error instanceof CellSyntaxError)) throw error;
    const { message, line, column } = error;
    throw new CellSyntaxError(message, text, line, plain.sourceColumn(line, column), { cause: error });
  }
}

/** The script of a cell whose magics are calls; `magicColumn` takes a place in `text` to the column of the source. */
function transformCode(text: string, cell: ScriptId, magicColumn?: SourceColumn): string {
  const { script, program, opened } = asObject(text) ?? { ...asProgram(text), opened: undefined };
  const modules = moduleEdits(script, program);
  const declarations = redeclareEdits(script, program);
  const { last } = declarations;
  const hasResult =
    last?.type === 'ExpressionStatement' ||
    (last?.type === 'ExportDefaultDeclaration' &&
      !/^(Function|Class)Declaration$/.test(last.declaration.type));
  const edits: Edit[] = [...modules, ...declarations.edits];
  const { code, sourceColumn } = applyEdits(script, edits);
  const moved = (line: number, at: number): number => {
    const found = sourceColumn(line, at);
    const column = opened?.line === line && found > opened.column ? found - 1 : found;
    return magicColumn?.(line, column) ?? column;
  };
  rememberColumns(cell, edits.length > 0 || opened || magicColumn ? moved : undefined);
  // A declaration or a loop would leave the value of the statement before it, or of its last turn.
  return `${code}\n${hasResult ? '' : ';void 0;'}//# sourceURL=${scriptName(cell)}.ts`;
}

/** The parsed JavaScript of a cell; throws `CellSyntaxError` with places of `text`. */
function asProgram(text: string): { script: string; program: Program } {
  if (!mayHaveTypeArguments(text)) {
    // Loading the type stripper costs about 20 MiB and 30 ms: a session of plain JavaScript never pays for it.
    const program = tryParse(text);
    if (program) return { script: text, program };
  }
  let script: string;
  try {
    script = stripTypes(text);
  } catch (error) {
    if (error instanceof CellSyntaxError) refuseMagic(text, offsetOfLine(text, error.line));
    throw error;
  }
  try {
    return { script, program: parseModule(script) };
  } catch (error) {
    if (!failsAtDecorator(script, error))
      throw parseError(error, script.length === text.length ? text : script);
  }
  const lowered = lowerDecorators(script);
  try {
    return { script: lowered, program: parseModule(lowered) };
  } catch (error) {
    throw parseError(error, lowered);
  }
}

/** `f<T>(x)` is a call in TypeScript and two comparisons in JavaScript: such a text must be read as TypeScript. */
function mayHaveTypeArguments(text: string): boolean {
  let last = text.lastIndexOf('>');
  while (last > 0 && text[last - 1] === '=') last = text.lastIndexOf('>', last - 1);
  const first = text.indexOf('<');
  return first >= 0 && first < last;
}

/** As at Node's prompt: `{ a: 1 }` is an object, unless a semicolon follows or it only reads as a block. */
function asObject(text: string) {
  const brace = leadingBrace(text);
  if (brace < 0 || /;\s*$/.test(text)) return undefined;
  const wrapped = `${text.slice(0, brace)}(${text.slice(brace)}\n)`;
  try {
    const read = asProgram(wrapped);
    const [only, ...more] = read.program.body;
    if (only?.type !== 'ExpressionStatement' || more.length > 0) return undefined;
    return { ...read, opened: placeOf(text, brace) };
  } catch (error) {
    if (error instanceof CellSyntaxError) return undefined;
    throw error;
  }
}

function parseModule(script: string): Program {
  return parse(script, { ecmaVersion: 'latest', sourceType: 'module', checkPrivateFields: true });
}

function tryParse(script: string): Program | undefined {
  try {
    return parseModule(script);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseError(error: unknown, text: string): unknown {
  if (!(error instanceof SyntaxError) || !('pos' in error) || typeof error.pos !== 'number') return error;
  const { line, column } = placeOf(text, error.pos);
  const message = clearMessage(error.message.replace(/ \(\d+:\d+\)$/, ''), text);
  return new CellSyntaxError(message, text, line, column, { cause: error });
}

/** What could be a magic but is none where it stands, such as in a block; and what was not known to be one. */
function refuseMagic(text: string, offset: number): void {
  const magic = /\s*%%?([A-Za-z]\w*)/y;
  magic.lastIndex = offset;
  const name = magic.exec(text)?.[1];
  if (name === undefined) return;
  const { line, column } = placeOf(text, text.indexOf('%', offset));
  const message = magicEntry(name)
    ? `%${name} works only on a line of its own where a statement begins, outside of brackets`
    : `There is no magic %${name}. ${adviceFor(name)}`;
  throw new CellSyntaxError(message, text, line, column);
}

function offsetOfLine(text: string, line: number): number {
  return text.split('\n', line - 1).reduce((sum, row) => sum + row.length + 1, 0);
}
