/** A command of the runtime. */
export interface SeasonCommand {
  /** Its line in `furrow help`: what it is called with, and what it does in a few words. */
  readonly usage: readonly [call: string, words: string];
  /** What `furrow COMMAND --help` prints. */
  readonly help: string;
  /**
   * Runs it; resolves with the exit code: 1 where a part of the work failed. `signal` fires at Ctrl-C. Throws
   * `InvalidArgument` for a wrong command line and what the runtime throws.
   */
  run(argv: readonly string[], signal: AbortSignal): Promise<number>;
}
