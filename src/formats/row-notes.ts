/** What is noteworthy about parcels that were taken; `rows` are the first of them, `count` all. */
export interface RowNote {
  readonly reason: string;
  readonly count: number;
  readonly rows: readonly number[];
}

/** Rows that a note names. */
const namedRows = 10;

/** Notes by what they say, in the order of their first rows. */
export class RowNotes {
  readonly #notes = new Map<string, { reason: string; count: number; rows: number[] }>();

  /** `detail` is told of the first row. */
  add(what: string, row: number, detail: string): void {
    const note = this.#notes.get(what);
    if (note === undefined)
      this.#notes.set(what, { reason: `${what} (row ${row}: ${detail})`, count: 1, rows: [row] });
    else if (++note.count <= namedRows) note.rows.push(row);
  }

  all(): RowNote[] {
    return [...this.#notes.values()];
  }
}
