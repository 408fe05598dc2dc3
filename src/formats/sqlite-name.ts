/** A table or column as SQL takes it, whatever its name holds. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
