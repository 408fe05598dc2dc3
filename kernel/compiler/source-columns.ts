/** The column of the source for a 1-based place in the script of a cell; lines are the same in both. */
export type SourceColumn = (line: number, column: number) => number;

/** A cell by its execution count, or the name of a script that is none of the history: `silent-12`, `expression-12-1`. */
export type ScriptId = number | string;

/** Each holds the text of its cell: the oldest go first, and their columns are then those of the script. */
const keptCells = 1000;
const columns = new Map<string, SourceColumn>();

/** The name of a script, which stands in stack traces with `.ts` behind it: `cell-3`. */
export function scriptName(id: ScriptId): string {
  return typeof id === 'number' ? `cell-${id}` : id;
}

/** Remembers how the columns of a cell's latest script moved; undefined when none did. */
export function rememberColumns(id: ScriptId, sourceColumn: SourceColumn | undefined): void {
  const script = scriptName(id);
  columns.delete(script);
  if (sourceColumn === undefined) return;
  columns.set(script, sourceColumn);
  const [oldest] = columns.keys();
  if (columns.size > keptCells && oldest !== undefined) columns.delete(oldest);
}

/** The column that a person wrote, for a 1-based place in a script of this process. */
export function sourceColumn(id: ScriptId, line: number, column: number): number {
  return columns.get(scriptName(id))?.(line, column) ?? column;
}
