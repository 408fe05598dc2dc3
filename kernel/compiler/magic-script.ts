import { blank, type Edit } from './edits.ts';
import { endOfCode, programOf } from './magic-code.ts';
import { adviceFor, type MagicEntry, magicEntry } from './magic-table.ts';
import { type Declared, findMagics, type Magic } from './magics.ts';
import { leadingBrace } from './object-literal.ts';
import { stripTypes } from './strip-types.ts';
import { CellSyntaxError, placeOf } from './syntax-error.ts';
import { timingOptions } from './timing-options.ts';

/** How a cell with magics becomes one without. */
export interface MagicScript {
  /** Edits of the cell's text that keep its lines, and leave the code in magics in its place. */
  readonly edits: readonly Edit[];
  /** The cell begins with `%%time`: whoever runs it tells how long that took. */
  readonly timed: boolean;
}

/** What runs magics in the cell process: `(name, argument, code?) => unknown`; see `kernel/cell/magics/magics.ts`. */
const runner = "globalThis['furrow.magic']";

/** Names of generated code have a character that nobody types: code in magics must not see them. */
const name = (plain: string): string => `${plain}\u200c`;
const [loops, desk, start, turn] = [name('loops'), name('desk'), name('start'), name('turn')];

/**
 * The magics of a cell as calls; undefined for a cell without. `declared` as for `findMagics`. Throws `CellSyntaxError` for a name that is no magic,
 * one in a place where it cannot be, and code in a magic that is none.
 */
export function magicScript(text: string, declared?: Declared): MagicScript | undefined {
  const magics = findMagics(text, declared);
  if (magics.length === 0) return undefined;
  const timed = magics[0]?.kind === 'cell' && magics[0].name === 'time';
  const edits = magics.flatMap((magic) => editsOf(text, magic));
  return { edits: edits.map((edit) => ({ ...edit, made: true })), timed };
}

function editsOf(text: string, magic: Magic): Edit[] {
  const { kind, argument, argumentStart, lineEnd, bodyStart } = magic;
  checkedEntry(text, magic);
  if (kind === 'cell' && bodyStart !== undefined) {
    if (magic.name === 'time') {
      if (argument !== '') fail(text, argumentStart, '%%time takes nothing on its line; the code goes below');
      return [{ start: magic.start, end: lineEnd, text: blank(text.slice(magic.start, lineEnd)) }];
    }
    if (magic.name === 'timeit') return timeitCell(text, magic, bodyStart);
    const body = text.slice(bodyStart);
    return [{ start: magic.start, end: text.length, text: call(magic.name, argument, JSON.stringify(body)) }];
  }
  if (magic.name === 'timeit') return timeitLine(text, magic);
  if (magic.name === 'time') return timeLine(text, magic);
  const given = argument === ';' ? '' : argument;
  return [{ start: magic.start, end: lineEnd, text: call(magic.name, given) }];
}

function call(magic: string, argument: string, extra?: string): string {
  const more = extra === undefined ? '' : `, ${extra}`;
  return `await ${runner}(${JSON.stringify(magic)}, ${JSON.stringify(argument)}${more});`;
}

function checkedEntry(text: string, { name: called, kind, start: at }: Magic): MagicEntry {
  const sign = kind === 'cell' ? '%%' : '%';
  const entry = magicEntry(called);
  if (!entry) return fail(text, at, `There is no magic ${sign}${called}. ${adviceFor(called)}`);
  if (!entry.kinds.includes(kind)) {
    const other = kind === 'cell' ? `%${called} and stands on a line` : `%%${called} and begins a cell`;
    return fail(text, at, `There is no magic ${sign}${called}: it is ${other}`);
  }
  if (kind === 'cell' && text.slice(0, at).replace('\ufeff', '').trim() !== '')
    return fail(text, at, `%%${called} must be the first line of its cell`);
  return entry;
}

function fail(text: string, offset: number, message: string): never {
  const { line, column } = placeOf(text, offset);
  throw new CellSyntaxError(message, text, line, column);
}

/** `%timeit [options] STATEMENT`: a function that runs the statement so many times and gives the milliseconds. */
function timeitLine(text: string, magic: Magic): Edit[] {
  const { start: from, argument, argumentStart, lineEnd } = magic;
  const { length } = timingOptions(argument);
  const code = codePart(text, magic, argumentStart + length, lineEnd);
  const statement = text.slice(code.start, code.end);
  const isAsync = /\bawait\b/.test(statement);
  const head = `await ${runner}("timeit", ${JSON.stringify(argument.slice(0, length).trim())}, `;
  return [
    { start: from, end: code.start, text: `${head}${loopHead(isAsync)}${timer(isAsync)}` },
    ...keptValues(statement, code.start),
    { start: code.end, end: lineEnd, text: `${loopTail});` },
  ];
}

/** `%%timeit [options] [setup]`: the setup once a run, the body as the statement of `%timeit`. */
function timeitCell(text: string, magic: Magic, bodyStart: number): Edit[] {
  const { start: from, argument, argumentStart, lineEnd } = magic;
  const { length } = timingOptions(argument);
  const body = text.slice(bodyStart);
  if (body.trim() === '') fail(text, from, '%%timeit has no code below its line');
  checkCode(text, bodyStart, body);
  const setup = length < argument.length ? codePart(text, magic, argumentStart + length, lineEnd) : undefined;
  const isAsync = /\bawait\b/.test(text.slice(argumentStart));
  const options = JSON.stringify(argument.slice(0, length).trim());
  const head = `await ${runner}("timeit", ${options}, ${loopHead(isAsync)}`;
  const setupEdits = setup
    ? [
        { start: from, end: setup.start, text: head },
        { start: setup.end, end: lineEnd, text: `;${timer(isAsync)}` },
      ]
    : [{ start: from, end: lineEnd, text: head + timer(isAsync) }];
  return [
    ...setupEdits,
    ...keptValues(body, bodyStart),
    { start: text.length, end: text.length, text: `\n${loopTail});` },
  ];
}

function loopHead(isAsync: boolean): string {
  return `${isAsync ? 'async ' : ''}(${loops}, ${desk}) => { `;
}

function timer(isAsync: boolean): string {
  const goesOn = isAsync ? ` && !${desk}.stopped` : '';
  return `const ${start} = ${desk}.now(); for (let ${turn} = 0; ${turn} < ${loops}${goesOn}; ${turn}++) { `;
}

const loopTail = ` } return ${desk}.now() - ${start}; }`;

/** Keeps the compiler from leaving out what has a value that nobody uses. */
function keptValues(code: string, offset: number): Edit[] {
  const kept = (from: number, to: number): Edit[] => [
    { start: offset + from, end: offset + from, text: `${desk}.kept = (` },
    { start: offset + to, end: offset + to, text: ')' },
  ];
  const end = endOfCode(code);
  if (leadingBrace(code) >= 0 && programOf(`(${code.slice(0, end)})`)) return kept(leadingBrace(code), end);
  const statements = programOf(code)?.body ?? [];
  return statements.flatMap((node) =>
    node.type === 'ExpressionStatement' ? kept(node.expression.start, node.expression.end) : [],
  );
}

/** `%time STATEMENT`: an expression in a function whose value comes back; a statement between two marks. */
function timeLine(text: string, magic: Magic): Edit[] {
  const { start: from, argumentStart, lineEnd } = magic;
  const code = codePart(text, magic, argumentStart, lineEnd);
  const statement = text.slice(code.start, code.end).replace(/;\s*$/, '');
  if (statement.trim() !== '' && programOf(`void (${statement})`)) {
    const arrow = /\bawait\b/.test(statement) ? 'async () =>' : '() =>';
    return [
      { start: from, end: code.start, text: `await ${runner}("time", "", ${arrow} (` },
      { start: code.start + statement.length, end: lineEnd, text: '));' },
    ];
  }
  return [
    { start: from, end: code.start, text: `${runner}("time", "begin"); ` },
    { start: code.end, end: lineEnd, text: `; ${runner}("time", "end");` },
  ];
}

/** The code of a magic's line without the comment behind it. */
function codePart(text: string, magic: Magic, from: number, to: number): { start: number; end: number } {
  const end = from + endOfCode(text.slice(from, to));
  if (end <= from || text.slice(from, end).trim() === '')
    fail(text, magic.start, `%${magic.name} takes a statement: ${magicEntry(magic.name)?.usage ?? ''}`);
  checkCode(text, from, text.slice(from, end));
  return { start: from, end };
}

/** Code in a magic must be whole by itself: it is put into a function. */
function checkCode(text: string, offset: number, code: string): void {
  const program = programOf(code) ?? programOf(`(${code}\n)`);
  const imported = program?.body.find(({ type }) => /^(Import|Export.*)Declaration$/.test(type));
  if (imported)
    fail(
      text,
      offset + imported.start,
      "An import statement runs before all else of its cell and cannot be timed: time await import('...') instead",
    );
  if (program) return;
  try {
    stripTypes(code);
  } catch (error) {
    if (!(error instanceof CellSyntaxError)) throw error;
    const before = placeOf(text, offset);
    const line = before.line + error.line - 1;
    const column = error.line === 1 ? before.column + error.column - 1 : error.column;
    throw new CellSyntaxError(error.message, text, line, column, { cause: error });
  }
}
