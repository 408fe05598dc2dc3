/** What a token may be used for. `publish`: write datasets and their grants. */
export const scopes = ['openeo', 'parcels', 'publish'] as const;
export type Scope = (typeof scopes)[number];

/** Who asks, as far as a route needs to know. */
export interface Caller {
  /** The identity that row-level security decides by. */
  readonly name: string;
  /** `owner` is the one person of an embedded server, who has no account. */
  readonly kind: 'account' | 'oidc' | 'owner';
  readonly groups: readonly string[];
  readonly scopes: ReadonlySet<Scope>;
  /** When the token that was shown ends; undefined for passwords and for the owner. */
  readonly expires?: Date | undefined;
}
