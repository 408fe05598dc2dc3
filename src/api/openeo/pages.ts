import { Type } from 'typebox';
import type { Link } from './addresses.ts';

/** How a list is asked for a part at a time: `limit` is openEO's, `offset` ours, written into the links of the answer. */
export const pageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Most entries of an answer.' })),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 0, description: 'Entries left out at the start.' }),
  ),
});

/** One part of a list that is whole in memory, with the links to the parts beside it. All of it without a limit. */
export function pageOf<T>(
  all: readonly T[],
  {
    limit = Math.max(1, all.length),
    offset = 0,
  }: { limit?: number | undefined; offset?: number | undefined },
  address: string,
): { readonly page: readonly T[]; readonly links: readonly Link[] } {
  return {
    page: all.slice(offset, offset + limit),
    links: pageLinks(address, { limit, offset, more: offset + limit < all.length }),
  };
}

/** Links of the relations `next` and `prev` (openEO API 1.2, pagination). */
export function pageLinks(
  address: string,
  { limit, offset, more }: { readonly limit: number; readonly offset: number; readonly more: boolean },
): Link[] {
  const at = (start: number) => `${address}?limit=${limit}&offset=${start}`;
  const type = 'application/json';
  return [
    ...(more ? [{ rel: 'next', href: at(offset + limit), type }] : []),
    ...(offset > 0 ? [{ rel: 'prev', href: at(Math.max(0, offset - limit)), type }] : []),
  ];
}
