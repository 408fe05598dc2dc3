/** A field of CSV (RFC 4180): quoted where it holds a separator, a quote or a line break. */
export function csvField(value: string): string {
  return /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** Numbers as fields of CSV; nodata is empty. */
export function csvNumbers(values: readonly number[]): string {
  return values.map((value) => (Number.isNaN(value) ? '' : String(value))).join(',');
}
