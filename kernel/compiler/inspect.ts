import type TypeScript from 'typescript';
import { wholeNameAt } from '../language.ts';
import { blocks, type Documentation, documentationOf, fenced } from './documentation.ts';
import type { Inspection } from './language-messages.ts';
import type { LanguageProject, OpenText } from './language-project.ts';
import { nameBefore } from './name-before.ts';
import { plainTypes } from './plain-types.ts';
import { signatureHelp } from './signature-help.ts';
import { ts } from './typescript.ts';

const nothing: Inspection = { found: false, data: {} };

/**
 * Signature, type and documentation of what stands at the cursor; inside a call's parentheses also the signatures of
 * what is called. From `detail` 1 on also the source of its definition, when a cell or a file of the notebook has it.
 */
export function inspect(
  project: LanguageProject,
  code: string,
  position: number,
  detail: number,
): Inspection {
  const cursor = Math.max(0, Math.min(position, code.length));
  const text = project.open(code);
  const called = signatureHelp(project.service, text.file, text.offset + cursor, plainTypes);
  for (const at of [cursor, cursor - 1]) {
    // Between name and parenthesis the cursor belongs to the call.
    if (at < 0 || (at < cursor && !/[\p{ID_Continue}$]/u.test(code[at] ?? ''))) continue;
    const info = project.service.getQuickInfoAtPosition(text.file, text.offset + at);
    const signature = info && readable(info.displayParts);
    // A name that nobody declared has the type any and nothing else.
    if (!info || !signature || signature === 'any') continue;
    const source = detail > 0 ? definition(project, text, at) : undefined;
    const documented = documentationOf(info.documentation, info.tags);
    return {
      ...described(signature, documented, source, called?.brief),
      live: hasValue(project, code, at, info.kind, signature),
    };
  }
  return called ? found(called.full) : inspectType(project, code, cursor);
}

/** Whether the live value of a name says more than its type: data of the notebook's own, no function. */
function hasValue(
  project: LanguageProject,
  code: string,
  at: number,
  kind: string,
  signature: string,
): boolean {
  const root = wholeNameAt(code, at)?.[0];
  return (
    root !== undefined &&
    project.kindOf(root) !== undefined &&
    /^(const|let|var|property|getter|alias)$/.test(kind) &&
    !/^(?:function|class|enum|interface|type|namespace|module)\b|^[^:]*: (?:typeof |\{\s+\(|(?:new )?(?:<[^>]*>)?\()/.test(
      signature,
    )
  );
}

/** A name of the notebook that is only a type means nothing where a value must stand: it is asked for as a type. */
function inspectType(project: LanguageProject, code: string, cursor: number): Inspection {
  const before = nameBefore(code, cursor);
  const word = before + (/^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))?.[0] ?? '');
  if (project.kindOf(word) === undefined) return nothing;
  const head = 'type _ = ';
  const { file, offset } = project.open(head + word);
  const info = project.service.getQuickInfoAtPosition(file, offset + head.length);
  const signature = readable(info?.displayParts);
  return info && signature && signature !== 'any'
    ? described(signature, documentationOf(info.documentation, info.tags))
    : nothing;
}

/** Cells take names from one another by imports that nobody wrote: they are not shown. */
function readable(parts: readonly TypeScript.SymbolDisplayPart[] | undefined): string {
  const text = ts.displayPartsToString(parts ? [...parts] : undefined);
  return plainTypes(text.replace(/^\(alias\) /, '').replace(/\nimport [^\n]+$/, ''));
}

function definition(project: LanguageProject, { file, offset }: OpenText, at: number): string | undefined {
  const [first] = project.service.getDefinitionAtPosition(file, offset + at) ?? [];
  const span = first?.contextSpan;
  if (!first || !span) return undefined;
  return project.sourceOf(first.fileName, span.start, span.start + span.length);
}

function described(
  signature: string,
  documented: Documentation,
  source = '',
  called?: Documentation,
): Inspection {
  const code = blocks([signature, source]);
  return found({
    plain: blocks([code, documented.plain, called ? `In a call of:\n${called.plain}` : '']),
    markdown: blocks([
      fenced(code),
      documented.markdown,
      called ? `In a call of:\n\n${called.markdown}` : '',
    ]),
  });
}

function found({ plain, markdown }: Documentation): Inspection {
  return { found: true, data: { 'text/plain': plain, 'text/markdown': markdown } };
}
