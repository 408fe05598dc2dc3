import { openCollection } from '../catalog/open-collection.ts';
import type { CubeCollection } from './load-plan.ts';

/**
 * Opens the STAC document (item, item collection, collection or catalog) at an address that a process graph names: http(s) within
 * the egress policy, never a path of this machine. Throws `EgressRefused` and what `openCollection` throws.
 */
export function openStac(
  url: string,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<CubeCollection> {
  return openCollection(url, { signal, trust: 'data' });
}
