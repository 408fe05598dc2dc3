import type TypeScript from 'typescript';
import type { Completeness } from './language-messages.ts';
import { startsWithBrace } from './object-literal.ts';
import { ts } from './typescript.ts';

const indentUnit = '  ';

/** `*\/ expected`, unterminated string, unterminated template: what follows may still end them. */
const unterminated = new Set([1010, 1002, 1160]);

/**
 * Whether a text is a whole cell: an error before its end is invalid, one at its end means that more must follow.
 * A string that its last line leaves open counts as incomplete.
 */
export function completeness(code: string): Completeness {
  const trimmed = code.trimEnd();
  if (/^\s*(%|$)/.test(code) || /^[\w$.]+\?{1,2}$/.test(trimmed)) return { status: 'complete', indent: '' };
  const wrapped = startsWithBrace(code) && !trimmed.endsWith(';');
  const readings = [judge(code)];
  if (wrapped)
    readings.push(judge(`(${code}\n)`), judge(`(${code}`) === 'incomplete' ? 'incomplete' : 'invalid');
  if (readings.includes('complete')) return { status: 'complete', indent: '' };
  if (!readings.includes('incomplete')) return { status: 'invalid', indent: '' };
  return { status: 'incomplete', indent: indentUnit.repeat(openBrackets(code)) };
}

function judge(text: string): 'complete' | 'incomplete' | 'invalid' {
  const errors = syntaxErrors(text);
  const end = text.trimEnd().length;
  const lastLine = text.lastIndexOf('\n', end - 1) + 1;
  if (errors.length === 0) return 'complete';
  const atEnd = errors.every(({ start, length, code }) => {
    if (start >= end) return true;
    return unterminated.has(code) && start + length >= (code === 1002 ? lastLine : end);
  });
  return atEnd ? 'incomplete' : 'invalid';
}

/** Errors of the parser alone; no program is needed. */
export function syntaxErrors(text: string): readonly TypeScript.DiagnosticWithLocation[] {
  const file = ts.createSourceFile('cell.mts', text, ts.ScriptTarget.ESNext, false, ts.ScriptKind.TS);
  return 'parseDiagnostics' in file ? (file.parseDiagnostics as TypeScript.DiagnosticWithLocation[]) : [];
}

/** How many brackets stand open at the end; 0 inside a template or comment, where spaces would count. */
function openBrackets(code: string): number {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, code);
  const open: ('bracket' | 'template')[] = [];
  let before = ts.SyntaxKind.SemicolonToken;
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (
      (kind === ts.SyntaxKind.SlashToken || kind === ts.SyntaxKind.SlashEqualsToken) &&
      !endsOperand(before)
    )
      kind = scanner.reScanSlashToken();
    else if (kind === ts.SyntaxKind.CloseBraceToken && open.at(-1) === 'template') {
      open.pop();
      kind = scanner.reScanTemplateToken(false);
      if (kind === ts.SyntaxKind.TemplateMiddle) open.push('template');
    } else if (kind === ts.SyntaxKind.TemplateHead) open.push('template');
    else if (openers.has(kind)) open.push('bracket');
    else if (closers.has(kind)) open.pop();
    if (scanner.isUnterminated()) return 0;
    before = kind;
  }
  return open.length;
}

const openers = new Set([
  ts.SyntaxKind.OpenBraceToken,
  ts.SyntaxKind.OpenParenToken,
  ts.SyntaxKind.OpenBracketToken,
]);
const closers = new Set([
  ts.SyntaxKind.CloseBraceToken,
  ts.SyntaxKind.CloseParenToken,
  ts.SyntaxKind.CloseBracketToken,
]);

/** After these a slash divides; after anything else it begins a regular expression. */
function endsOperand(kind: TypeScript.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.CloseParenToken ||
    kind === ts.SyntaxKind.CloseBracketToken ||
    kind === ts.SyntaxKind.Identifier ||
    kind === ts.SyntaxKind.NumericLiteral ||
    kind === ts.SyntaxKind.StringLiteral ||
    kind === ts.SyntaxKind.NoSubstitutionTemplateLiteral ||
    kind === ts.SyntaxKind.TemplateTail ||
    kind === ts.SyntaxKind.ThisKeyword
  );
}
