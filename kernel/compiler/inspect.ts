import type TypeScript from 'typescript';
import type { Inspection } from './language-messages.ts';
import type { LanguageProject, OpenText } from './language-project.ts';
import { ts } from './typescript.ts';

const nothing: Inspection = { found: false, data: {} };

/**
 * Signature, type and documentation of what stands at the cursor; inside a call's parentheses, of what is called.
 * From `detail` 1 on also the source of its definition, when a cell or a file of the notebook has it.
 */
export function inspect(
  project: LanguageProject,
  code: string,
  position: number,
  detail: number,
): Inspection {
  const cursor = Math.max(0, Math.min(position, code.length));
  const text = project.open(code);
  for (const at of [cursor, cursor - 1]) {
    if (at < 0) continue;
    const info = project.service.getQuickInfoAtPosition(text.file, text.offset + at);
    const signature = info && readable(info.displayParts);
    // A name that nobody declared has the type any and nothing else.
    if (!info || !signature || signature === 'any') continue;
    const source = detail > 0 ? definition(project, text, at) : undefined;
    return described(signature, documentation(info.documentation, info.tags), source);
  }
  const called = signatureHelp(project, text, cursor);
  return called.found ? called : inspectType(project, code, cursor);
}

/** A name of the notebook that is only a type means nothing where a value must stand: it is asked for as a type. */
function inspectType(project: LanguageProject, code: string, cursor: number): Inspection {
  const before = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, cursor))?.[0] ?? '';
  const word = before + (/^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))?.[0] ?? '');
  if (project.kindOf(word) === undefined) return nothing;
  const head = 'type _ = ';
  const { file, offset } = project.open(head + word);
  const info = project.service.getQuickInfoAtPosition(file, offset + head.length);
  const signature = readable(info?.displayParts);
  return info && signature && signature !== 'any'
    ? described(signature, documentation(info.documentation, info.tags))
    : nothing;
}

function signatureHelp(project: LanguageProject, { file, offset }: OpenText, cursor: number): Inspection {
  const help = project.service.getSignatureHelpItems(file, offset + cursor, undefined);
  const item = help?.items[help.selectedItemIndex];
  if (!help || !item) return nothing;
  const parameters = item.parameters.map((parameter) => ts.displayPartsToString(parameter.displayParts));
  const separator = ts.displayPartsToString(item.separatorDisplayParts);
  const signature =
    ts.displayPartsToString(item.prefixDisplayParts) +
    parameters.join(separator) +
    ts.displayPartsToString(item.suffixDisplayParts);
  return described(plainTypes(signature), documentation(item.documentation, item.tags));
}

/** Cells take names from one another by imports that nobody wrote: they are not shown. */
function readable(parts: readonly TypeScript.SymbolDisplayPart[] | undefined): string {
  const text = ts.displayPartsToString(parts ? [...parts] : undefined);
  return plainTypes(text.replace(/^\(alias\) /, '').replace(/\nimport [^\n]+$/, ''));
}

function plainTypes(signature: string): string {
  return signature.replace(/(?:typeof )?import\("[^"]*"\)\.?/g, '');
}

function documentation(
  parts: readonly TypeScript.SymbolDisplayPart[] | undefined,
  tags: readonly TypeScript.JSDocTagInfo[] | undefined,
): string {
  const lines = (tags ?? []).map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`.trimEnd());
  return [ts.displayPartsToString(parts ? [...parts] : undefined), lines.join('\n')]
    .filter(Boolean)
    .join('\n\n');
}

function definition(project: LanguageProject, { file, offset }: OpenText, at: number): string | undefined {
  const [first] = project.service.getDefinitionAtPosition(file, offset + at) ?? [];
  const span = first?.contextSpan;
  if (!first || !span) return undefined;
  return project.sourceOf(first.fileName, span.start, span.start + span.length);
}

function described(signature: string, documented: string, source?: string): Inspection {
  const code = source === undefined || source === '' ? signature : `${signature}\n\n${source}`;
  return {
    found: true,
    data: {
      'text/plain': [code, documented].filter(Boolean).join('\n\n'),
      'text/markdown': [`\`\`\`typescript\n${code}\n\`\`\``, markdown(documented)]
        .filter(Boolean)
        .join('\n\n'),
    },
  };
}

function markdown(documented: string): string {
  return documented.replace(/^@(\w+)/gm, '*@$1*').replace(/^(\*@.*)\n(?=\*@)/gm, '$1  \n');
}
