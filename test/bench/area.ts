/**
 * What `npm run bench -- AREA --json` prints. A figure carries its unit in its name (`read_ms`); a ratio is named
 * `<discipline>_vs_<peer>`, both sides measured in the same run, above 1 where ours is better.
 */
export interface AreaResult {
  readonly area: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
  /** Peers that are not installed, each with the command that installs it. */
  readonly missing?: readonly string[];
}

export type Area = (options: { readonly short: boolean }) => Promise<AreaResult>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
