/** A command of the runtime. */
export interface SeasonCommand {
  /** Its lines in `furrow help`. */
  readonly usage: string;
  /** What `furrow COMMAND --help` prints. */
  readonly help: string;
  /**
   * Runs it; resolves with the exit code: 1 where a part of the work failed. `signal` fires at Ctrl-C. Throws
   * `InvalidArgument` for a wrong command line and what the runtime throws.
   */
  run(argv: readonly string[], signal: AbortSignal): Promise<number>;
}
