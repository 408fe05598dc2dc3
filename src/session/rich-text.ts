/** The method by which a value says how a notebook shows it: a MIME bundle (the convention of Deno's kernel). */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display') as never;

export type MimeBundle = Readonly<Record<string, string>>;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe inside HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** What went wrong, as facts for a sheet: how often, and the first reason; none when nothing did. */
export function problemFacts(name: string, reasons: readonly string[]): [name: string, value: string][] {
  const [first] = reasons;
  if (first === undefined) return [];
  return [[name, reasons.length === 1 ? `1: ${first}` : `${reasons.length}; the first: ${first}`]];
}

/** A heading and a two-column table of facts; both are escaped. */
export function factSheet(title: string, facts: readonly (readonly [name: string, value: string])[]): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><th style="text-align:left">${escapeHtml(name)}</th><td style="text-align:left">${escapeHtml(value)}</td></tr>`,
  );
  return `<b>${escapeHtml(title)}</b><table>${rows.join('')}</table>`;
}
