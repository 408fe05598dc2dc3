import type { ImageReason } from './extract-season.ts';

/** Images that failed for one reason. */
export interface FailureGroup {
  /** The reason as one of them states it. */
  readonly reason: string;
  readonly items: readonly string[];
}

/**
 * Failures by reason, the most frequent first: reasons that differ only in the image, an address, a path or numbers are one.
 */
export function failureGroups(failed: readonly ImageReason[]): FailureGroup[] {
  const groups = Map.groupBy(failed, ({ item, reason }) =>
    reason
      .replaceAll(item, '*')
      .replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'",;]+/gi, '*')
      .replaceAll(/(?<![\w*])\.{0,2}\/[^\s'",;:]+/g, '*')
      .replaceAll(/\d+(\.\d+)?/g, '#'),
  );
  return [...groups.values()]
    .map((group) => ({ reason: group[0]?.reason ?? '', items: group.map(({ item }) => item) }))
    .sort((one, other) => other.items.length - one.items.length);
}
