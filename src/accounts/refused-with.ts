/** Conditions by name (PostgreSQL manual, appendix A). */
const states = {
  unique_violation: '23505',
  foreign_key_violation: '23503',
  insufficient_privilege: '42501',
} as const;

/** Whether the server refused a statement under that condition. */
export function refusedWith(error: unknown, condition: keyof typeof states): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === states[condition];
}
