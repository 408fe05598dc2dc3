/** Whether an address names a PostgreSQL database. */
export function isPostgresAddress(address: string): boolean {
  return /^postgres(ql)?:\/\//i.test(address);
}

/** The address as messages may show it. */
export function shown(address: string): string {
  const url = URL.parse(address);
  return url === null ? 'the database' : `${url.protocol}//${url.host}${url.pathname}`;
}
