import type TypeScript from 'typescript';
import type { Diagnosis } from './language-messages.ts';
import type { LanguageProject, OpenText } from './language-project.ts';
import { leadingBrace } from './object-literal.ts';
import { caretExcerpt, placeOf } from './syntax-error.ts';
import { ts } from './typescript.ts';

const most = 10;

/** An import conflicts with a declaration of the cell: one of those that we put in front of it. */
const conflictsWithImport = 2440;
/** What an earlier cell declares comes by import, also where the person wrote `const`. */
const assignsImport = 2632;

const nothing: Diagnosis = { errors: 0, text: '', syntax: false };

/**
 * What is wrong with the types of a cell, as text without colours: message, line of the cell, caret. A text that does
 * not parse is described by its syntax errors alone. `open` puts a text into the program; `written` is
 * what the person sees of it, of the same length and lines.
 */
export function diagnose(
  project: LanguageProject,
  open: (code: string) => OpenText,
  code: string,
  written = code,
): Diagnosis {
  if (/^\s*%/.test(code)) return nothing;
  let text = code;
  let { file, offset } = open(code);
  let found: readonly TypeScript.Diagnostic[] = project.service.getSyntacticDiagnostics(file);
  if (leadingBrace(code) >= 0 && !/;\s*$/.test(code)) {
    const object = `(${code}\n)`;
    const opened = open(object);
    const errors = project.service.getSyntacticDiagnostics(opened.file);
    if (errors.length === 0) {
      text = object;
      found = errors;
      offset = opened.offset + 1;
    } else ({ file, offset } = open(code));
  }
  const syntax = found.length > 0;
  if (found.length === 0) found = project.service.getSemanticDiagnostics(file);
  const shown = found.filter(
    ({ category, code: number, start = 0 }) =>
      category === ts.DiagnosticCategory.Error && number !== conflictsWithImport && start >= offset,
  );
  if (shown.length === 0) return nothing;
  const end = text === code ? code.length : Number.POSITIVE_INFINITY;
  const lines = shown
    .slice(0, most)
    .map((diagnostic) => described(project, diagnostic, written, offset, end));
  if (shown.length > most) lines.push(`... and ${shown.length - most} more`);
  return { errors: shown.length, text: lines.join('\n\n'), syntax };
}

function described(
  project: LanguageProject,
  diagnostic: TypeScript.Diagnostic,
  code: string,
  offset: number,
  end: number,
): string {
  const start = Math.min((diagnostic.start ?? offset) - offset, end, code.length);
  const { line, column } = placeOf(code, start);
  const excerpt = caretExcerpt(code, line, column, diagnostic.length ?? 1);
  return `Line ${line}: ${message(project, diagnostic)} (TS${diagnostic.code})\n${excerpt}`;
}

function message(project: LanguageProject, diagnostic: TypeScript.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
  const name = diagnostic.code === assignsImport ? /'(.+?)'/.exec(text)?.[1] : undefined;
  const kind = name === undefined ? undefined : project.kindOf(name);
  if (kind !== undefined && kind !== 'import')
    return text.replace('an import', kind === 'const' ? 'a constant' : `a ${kind}`);
  return text.replace(/(?:typeof )?import\("[^"]*\/__cell[^"]*"\)\.?/g, '');
}
