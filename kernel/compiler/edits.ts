/** Replace the characters `[start, end)` by `text`; nothing is deleted when `start === end`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** All places in `text` count as the place `start`: nothing in it is of the source. */
  readonly made?: boolean | undefined;
}

/** The same text with every character but line ends turned into a space, so that what follows keeps its place. */
export function blank(text: string): string {
  return text.replace(/[^\r\n\u2028\u2029]/g, ' ');
}

/** As `blank`, for a whole statement: what stands before and behind it stays apart. */
export function emptied(statement: string): string {
  return `;${blank(statement.slice(1))}`;
}

/** `text`, padded so that whatever follows `original` stays on its line, and in its column when there is room. */
export function fill(text: string, original: string): string {
  const room = blank(original);
  const lines = room.search(/[\r\n\u2028\u2029]/);
  if (lines >= 0) return text + room.slice(lines);
  return text.length < room.length ? text + room.slice(text.length) : text;
}

/**
 * Applies edits that do not overlap. Edits at one place are applied in the order given.
 * `sourceColumn` turns a 1-based place in the result into the column of the source (edits keep line numbers).
 */
export function applyEdits(
  source: string,
  edits: readonly Edit[],
): { code: string; sourceColumn: (line: number, column: number) => number } {
  const ordered = edits
    .map((edit, order) => ({ edit, order }))
    .sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.order - b.order);
  let code = '';
  let at = 0;
  const shifts: { offset: number; delta: number; place?: number }[] = [];
  for (const { edit } of ordered) {
    code += source.slice(at, edit.start);
    if (edit.made) shifts.push({ offset: code.length, delta: 0, place: edit.start });
    code += edit.text;
    at = edit.end;
    const delta = at - code.length;
    if (edit.made || delta !== (shifts.at(-1)?.delta ?? 0)) shifts.push({ offset: code.length, delta });
  }
  code += source.slice(at);
  const finished = code;
  const sourceColumn = (line: number, column: number): number => {
    if (shifts.length === 0) return column;
    const lineStart = startOfLine(finished, line);
    const shift = shifts.findLast(({ offset }) => offset <= lineStart + column - 1);
    const place = shift?.place ?? lineStart + column - 1 + (shift?.delta ?? 0);
    return Math.max(1, place - startOfLine(source, line) + 1);
  };
  return { code, sourceColumn };
}

function startOfLine(text: string, line: number): number {
  let at = 0;
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', at);
    if (next < 0) return at;
    at = next + 1;
  }
  return at;
}
