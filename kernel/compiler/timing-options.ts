/** What `%timeit` was told: loops of a run, runs; undefined is its own choice. */
export interface TimingOptions {
  readonly loops?: number | undefined;
  readonly runs?: number | undefined;
  /** Characters that the options take, with the white space behind them. */
  readonly length: number;
}

/** Reads `-n LOOPS` and `-r RUNS` at the start of a text. */
export function timingOptions(text: string): TimingOptions {
  const option = /\s*-([nr])\s*(\d+)(?:\s+|$)/y;
  const given: { n?: number; r?: number } = {};
  let length = 0;
  for (let match = option.exec(text); match; match = option.exec(text)) {
    given[match[1] as 'n' | 'r'] = Number(match[2]);
    length = option.lastIndex;
  }
  return { loops: given.n, runs: given.r, length };
}
