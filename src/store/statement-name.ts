import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/** The name under which a connection keeps a statement prepared: of one text always the same, at most 63 bytes. */
export function statementName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `furrow_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
}
