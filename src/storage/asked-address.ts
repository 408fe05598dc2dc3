import { EgressRefused, orCancelled } from '../errors.ts';
import { storeOf } from './address.ts';
import { archiveAddress } from './archive-address.ts';
import { checkEgress, forAsker, isAllowedHost, publicLookup } from './egress.ts';

/** Files of this machine, and objects, which would be read with its operator's keys. */
export function notForAskers(address: string): EgressRefused {
  return new EgressRefused(
    `'${address.slice(0, 200)}': addresses in what a request names are read by http and https only; collections of this server may lie elsewhere`,
  );
}

/**
 * Whether somebody who is not the user of this process may have an address read: http or https, at a public host or one that
 * `FURROW_EGRESS_ALLOW` names; also when its name is resolved now, as the operator may allow that host for other addresses
 * later. Throws `EgressRefused`, `Cancelled`.
 */
export async function checkAskedAddress(
  address: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const store = storeOf(address);
  if (store !== 'http' && store !== 'https') throw notForAskers(address);
  const outer = archiveAddress(address)?.archive ?? address;
  if (!URL.canParse(outer)) throw notForAskers(address);
  const url = new URL(outer);
  const allowed = forAsker(() => {
    checkEgress(url);
    return isAllowedHost(url);
  });
  if (allowed) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  publicLookup(url.hostname.replace(/^\[|\]$/g, ''), { all: true }, (error) => {
    // A name that nobody knows is told by the request itself.
    if (error instanceof EgressRefused) reject(error);
    else resolve();
  });
  await orCancelled(promise, signal, `looking up ${url.hostname}`);
}
