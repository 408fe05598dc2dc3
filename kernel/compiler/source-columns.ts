/** The column of the source for a 1-based place in the script of a cell; lines are the same in both. */
export type SourceColumn = (line: number, column: number) => number;

/** Each holds the text of its cell: the oldest go first, and their columns are then those of the script. */
const keptCells = 1000;
const columns = new Map<number, SourceColumn>();

/** Remembers how the columns of a cell's latest script moved; undefined when none did. */
export function rememberColumns(cell: number, sourceColumn: SourceColumn | undefined): void {
  columns.delete(cell);
  if (sourceColumn === undefined) return;
  columns.set(cell, sourceColumn);
  const [oldest] = columns.keys();
  if (columns.size > keptCells && oldest !== undefined) columns.delete(oldest);
}

/** The column that a person wrote, for a 1-based place in the script `cell-N.ts` of a cell of this process. */
export function sourceColumn(cell: number, line: number, column: number): number {
  return columns.get(cell)?.(line, column) ?? column;
}
