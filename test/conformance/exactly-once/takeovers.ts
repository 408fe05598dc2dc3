import type { CrewClaim } from './crew.ts';

/** A stretch of time in milliseconds of the clock. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Takeover {
  readonly unit: string;
  /** From the kill to the moment another worker had claimed the unit. */
  readonly tookMs: number;
  /** Of it, how long PostgreSQL itself was down. */
  readonly downMs: number;
}

/**
 * How long the unit of each killed worker waited for the next one. A unit that its worker had already committed is claimed by
 * nobody again and counts as none.
 */
export function takeovers(claims: readonly CrewClaim[], down: readonly Stretch[]): Takeover[] {
  const byUnit = Map.groupBy(claims, ({ unit }) => unit);
  return claims.flatMap(({ unit, member, at }): Takeover[] => {
    const { killedAt } = member;
    if (killedAt === undefined || member.unit !== unit) return [];
    const next = byUnit.get(unit)?.find((other) => other.member !== member && other.at >= at);
    if (next === undefined) return [];
    const downMs = down.reduce(
      (sum, { from, to }) => sum + Math.max(0, Math.min(to, next.at) - Math.max(from, killedAt)),
      0,
    );
    return [{ unit, tookMs: Math.max(0, next.at - killedAt), downMs }];
  });
}
