/** Runs `[row, firstColumn, endColumn)` one after another in one array that grows. */
export class RunList {
  values: Int32Array;
  /** Elements in use, three a run. */
  length = 0;

  constructor(elements: number) {
    this.values = new Int32Array(elements);
  }

  add(row: number, first: number, end: number): void {
    if (this.length + 3 > this.values.length) this.#grow(this.length + 3);
    this.values[this.length] = row;
    this.values[this.length + 1] = first;
    this.values[this.length + 2] = end;
    this.length += 3;
  }

  /** Puts `runs` in place of everything from `from` on. */
  replace(from: number, runs: ArrayLike<number>): void {
    if (from + runs.length > this.values.length) this.#grow(from + runs.length);
    this.values.set(runs, from);
    this.length = from + runs.length;
  }

  toArray(): Int32Array {
    return this.values.slice(0, this.length);
  }

  #grow(needed: number): void {
    const larger = new Int32Array(Math.max(needed, this.values.length * 2));
    larger.set(this.values.subarray(0, this.length));
    this.values = larger;
  }
}

/** The union of runs in any order, in row order and disjoint. */
export function unite(runs: Int32Array): number[] {
  const triples: [row: number, first: number, end: number][] = [];
  for (let i = 0; i < runs.length; i += 3)
    triples.push([runs[i] as number, runs[i + 1] as number, runs[i + 2] as number]);
  triples.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const union: number[] = [];
  for (const [row, first, end] of triples) {
    const last = union.length - 1;
    if (union[last - 2] === row && (union[last] as number) >= first)
      union[last] = Math.max(union[last] as number, end);
    else union.push(row, first, end);
  }
  return union;
}
