import type TypeScript from 'typescript';
import { blocks, type Documentation, documentationOf, fenced } from './documentation.ts';
import { ts } from './typescript.ts';

/** Signatures beside the fitting one that are shown. */
const mostOthers = 4;

/** What is known about a call: the fitting signature and its parameter; in full with documentation and overloads. */
export interface CallHelp {
  readonly brief: Documentation;
  readonly full: Documentation;
}

/**
 * The signatures of the call in whose parentheses an offset of a file is: the fitting one, the parameter that is being
 * written, documentation, other overloads. Undefined outside calls. `clean` takes away what no person wrote.
 */
export function signatureHelp(
  service: TypeScript.LanguageService,
  file: string,
  offset: number,
  clean: (signature: string) => string,
): CallHelp | undefined {
  const help = service.getSignatureHelpItems(file, offset, undefined);
  const item = help?.items[help.selectedItemIndex];
  if (!help || !item) return undefined;
  const text = (one: TypeScript.SignatureHelpItem) => clean(signatureText(one));
  const others = help.items.filter((one) => one !== item).map(text);
  const more = others.length - mostOthers;
  const shown = [...others.slice(0, mostOthers), ...(more > 0 ? [`// and ${more} more`] : [])].join('\n');
  const documented = documentationOf(item.documentation, item.tags);
  const active = activeParameter(item, help.argumentIndex, clean);
  const brief = {
    plain: blocks([text(item), active?.plain ?? '']),
    markdown: blocks([fenced(text(item)), active?.markdown ?? '']),
  };
  const full = {
    plain: blocks([brief.plain, documented.plain, shown && `Also:\n${shown}`]),
    markdown: blocks([brief.markdown, documented.markdown, shown && `Also:\n\n${fenced(shown)}`]),
  };
  return { brief, full };
}

function signatureText(item: TypeScript.SignatureHelpItem): string {
  const parameters = item.parameters.map(({ displayParts }) => ts.displayPartsToString(displayParts));
  return (
    ts.displayPartsToString(item.prefixDisplayParts) +
    parameters.join(ts.displayPartsToString(item.separatorDisplayParts)) +
    ts.displayPartsToString(item.suffixDisplayParts)
  );
}

function activeParameter(
  item: TypeScript.SignatureHelpItem,
  index: number,
  clean: (signature: string) => string,
): Documentation | undefined {
  const { parameters, isVariadic } = item;
  const at = isVariadic ? Math.min(index, parameters.length - 1) : index;
  const parameter = parameters[at];
  if (!parameter) return undefined;
  const text = clean(ts.displayPartsToString(parameter.displayParts));
  const plain = documentationOf(parameter.documentation, []).plain.replace(/^-\s+/, '');
  const place = `parameter ${at + 1} of ${parameters.length}`;
  return {
    plain: `→ ${text} (${place})${plain ? `\n  ${plain}` : ''}`,
    markdown: `→ **\`${text.replaceAll('`', "'")}\`** (${place})${plain ? ` ${plain}` : ''}`,
  };
}
