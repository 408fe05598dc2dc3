/** A JSON object whose fields are not yet checked. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The object, or an empty one for anything else: absent and malformed fields read alike as absent. */
export function asRecord(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A number, or one of the three that STAC spells: `nan`, `inf`, `-inf`. */
export function asNodata(value: unknown): number | undefined {
  const spelled = { nan: NaN, inf: Infinity, '+inf': Infinity, '-inf': -Infinity }[
    String(value).toLowerCase()
  ];
  return asNumber(value) ?? spelled;
}

/** The first of the values that is there. */
export function firstOf<T>(...values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}

/** The links of a document with one of the relations. */
export function linksOf(document: JsonRecord, ...relations: readonly string[]): string[] {
  return asList(document.links)
    .map(asRecord)
    .filter(({ rel }) => relations.includes(String(rel)))
    .flatMap(({ href }) => asText(href) ?? []);
}
