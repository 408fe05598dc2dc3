/**
 * Tells of a failure outside any cell: a browser's message or a user's callback. The kernel shows the console's
 * error stream in the cell's output or in the log of the front end.
 */
export function reportFailure(what: string, error: unknown): void {
  console.error(`furrow: ${what} failed:`, error);
}
