import { inspect, types } from 'node:util';
import { isMadeName } from '../../compiler/made-names.ts';
import { sendText } from '../channel.ts';
import { escapeHtml } from '../escape-html.ts';
import type { Evaluator } from '../evaluate.ts';
import type { MagicUse } from './magic-use.ts';
import { globalsOfCells } from './own-names.ts';

interface Declared {
  readonly name: string;
  readonly kind: string;
  readonly value: unknown;
}

const widestValue = 80;

/** `%who [KIND...]`: names that cells declared. */
export function who({ argument, evaluator }: MagicUse): void {
  const found = declared(evaluator, argument);
  sendText('stdout', found.length > 0 ? `${found.map(({ name }) => name).join('   ')}\n` : none(argument));
}

/** `%whos [KIND...]`: the same as a table with kind and value. */
export function whos({ argument, evaluator, display }: MagicUse): void {
  const found = declared(evaluator, argument).map(({ name, kind, value }) => [name, kind, shortValue(value)]);
  if (found.length === 0) {
    sendText('stdout', none(argument));
    return;
  }
  display.bundle({ 'text/html': htmlTable(head, found), 'text/plain': textTable(head, found) });
}

const head = ['Name', 'Kind', 'Value'];

function none(argument: string): string {
  return argument === ''
    ? 'No names are declared yet.\n'
    : `No names of the kind ${argument} are declared.\n`;
}

/** Sorted by name, without asking anything of the values that could have an effect. */
function declared(evaluator: Evaluator, kinds: string): Declared[] {
  const wanted = new Set(kinds.split(/[\s,]+/).filter(Boolean));
  const globals = globalThis as unknown as Record<string, unknown>;
  const lexical = evaluator.declaredNames();
  const values = new Map(lexical.map((name) => [name, evaluator.peek(name)]));
  for (const name of globalsOfCells())
    if (!values.has(name)) values.set(name, Object.getOwnPropertyDescriptor(globals, name)?.value);
  return [...values]
    .map(([name, value]) => ({ name, kind: kindOf(value), value }))
    .filter(({ name, kind }) => !isMadeName(name) && (wanted.size === 0 || wanted.has(kind)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(value: unknown): string {
  if (typeof value === 'function') return isClass(value) ? 'class' : 'function';
  if (typeof value !== 'object') return typeof value;
  if (value === null) return 'null';
  if (types.isProxy(value)) return 'Proxy';
  for (
    let at: unknown = Object.getPrototypeOf(value);
    at && !types.isProxy(at);
    at = Object.getPrototypeOf(at)
  ) {
    const made: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    const name =
      typeof made === 'function' ? Object.getOwnPropertyDescriptor(made, 'name')?.value : undefined;
    if (typeof name === 'string' && name !== '') return name;
  }
  return 'Object';
}

function isClass(value: object): boolean {
  return !types.isProxy(value) && /^class\b/.test(Function.prototype.toString.call(value));
}

function shortValue(value: unknown): string {
  const text = inspect(value, {
    colors: false,
    depth: 0,
    customInspect: false,
    maxArrayLength: 5,
    maxStringLength: widestValue,
    breakLength: Number.POSITIVE_INFINITY,
  }).replace(/\s+/g, ' ');
  return text.length > widestValue ? `${text.slice(0, widestValue)}…` : text;
}

/** A table with a head as HTML; every text is escaped. */
export function htmlTable(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (texts: readonly string[], tag: string): string =>
    `<tr>${texts.map((text) => `<${tag} style="text-align:left">${escapeHtml(text)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((row) => cells(row, 'td')).join('\n');
  return `<table>\n<thead>${cells(names, 'th')}</thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

/** A table with a head as text in columns. */
export function textTable(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [names, ...rows];
  const widths = names.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('   ')
      .trimEnd();
  const [first = '', ...others] = all.map(line);
  return [first, widths.map((width) => '-'.repeat(width)).join('   '), ...others].join('\n');
}
