import { type MagicUse, misused } from './magic-use.ts';

/** `%%html`, `%%markdown`, `%%latex`, `%%svg`: shows the body as what it is. */
export function showBody({ name, argument, extra, display }: MagicUse): void {
  if (argument !== '') throw misused(name, `%%${name} takes nothing on its line; the text goes below`);
  const body = String(extra);
  if (body.trim() === '') throw misused(name, `%%${name} has nothing below its line to show`);
  if (name === 'html') display.html(body);
  else if (name === 'markdown') display.markdown(body);
  else if (name === 'latex') display.latex(body);
  else display.svg(body);
}
