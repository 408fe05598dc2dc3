/** One check of a suite. A passed check that stands for many says how many in `count`. */
export interface Check {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly message?: string;
}

/** What `npm run conform -- SUITE --json` prints. `details` may leave out checks that passed. */
export interface SuiteResult {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly details: readonly Check[];
  /** What was measured, the unit in the name (`interrupt_p95_ms`). */
  readonly figures?: Readonly<Record<string, number>> | undefined;
}

/** How a suite is run; `tell` hears what it is at, where it takes minutes. */
export interface SuiteOptions {
  readonly short: boolean;
  readonly tell?: ((line: string) => void) | undefined;
}

export type Suite = (options: SuiteOptions) => Promise<SuiteResult>;

/** Adds up checks that are all listed. */
export function suiteResult(
  suite: string,
  details: readonly Check[],
  figures?: Readonly<Record<string, number>>,
): SuiteResult {
  const count = (status: Check['status']) => details.filter((check) => check.status === status).length;
  const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
  return { suite, ...counts, details, ...(figures === undefined ? {} : { figures }) };
}
