import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/** Of how many texts the server keeps the plans, on every connection. */
const most = 100;

/**
 * The name under which a connection keeps a statement prepared: of one text always the same, at most 63 bytes. Undefined for
 * texts beyond the first hundred of this process: they are planned each time.
 */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= most) return undefined;
  const name = `furrow_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
}
