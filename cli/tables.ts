/** Facts as lines, the values one below the other. */
export function factLines(facts: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** Rows as lines under a heading; columns as wide as their longest cell, the last one as long as it is. */
export function tableLines(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return rowLines([heading, ...rows], columnWidths(heading, rows));
}

/** The characters of the longest cell of each column. */
export function columnWidths(heading: readonly string[], rows: readonly (readonly string[])[]): number[] {
  return heading.map((name, at) =>
    rows.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), name.length),
  );
}

/** Rows as lines whose columns are so wide, or as a longer cell is; the last one as long as it is. */
export function rowLines(rows: readonly (readonly string[])[], widths: readonly number[]): string[] {
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
