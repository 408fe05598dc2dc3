import { AsyncLocalStorage } from 'node:async_hooks';
import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { EgressRefused, InvalidArgument } from '../errors.ts';

/** IPv4 blocks that are not the public Internet: IANA's special-purpose registry (RFC 6890 and its updates). */
const closed4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Parts of IPv6's global unicast that lead elsewhere: documentation, benchmarks, and tunnels that wrap IPv4 addresses. */
const closed6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const closed = new BlockList();
for (const [network, prefix] of closed4) closed.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of closed6) closed.addSubnet(network, prefix, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address (v4 or v6, no brackets) is on the public Internet. Anything else, also no address, is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !closed.check(address, 'ipv4');
  // Mapped and translated IPv4 (::ffff:0:0/96, 64:ff9b::/96), loopback and local addresses all lie outside 2000::/3.
  return family === 6 && global6.check(address, 'ipv6') && !closed.check(address, 'ipv6');
}

const allowedByUser = new Set<string>();
const asking = new AsyncLocalStorage<true>();

/**
 * Works for somebody who is not the user of this process, as a server does: inside, hosts and buckets that the user named count for
 * nothing. What the operator's own collections may reach, an address in a request may not.
 */
export function forAsker<T>(work: () => T): T {
  return asking.run(true, work);
}

/** Whether this is called by what `forAsker` runs. */
export function isForAsker(): boolean {
  return asking.getStore() === true;
}

function hostAndPort(url: URL): string {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return `${url.hostname.toLowerCase()}:${port}`;
}

/** Allows the host and port of an address that the user of this process typed, for this and all later requests. */
export function allowHostOf(url: URL): void {
  allowedByUser.add(hostAndPort(url));
}

/** Lets requests to a bucket that the user of this process named be signed with the user's keys, now and later. */
export function allowBucket(bucket: string): void {
  allowedByUser.add(`s3://${bucket.toLowerCase()}`);
}

/**
 * Whether the user or `FURROW_S3_BUCKETS` (names separated by commas, `*` at the end for any rest) names this bucket. Requests
 * to others are not signed: an address in somebody's data would make them read, and pay, with the user's keys.
 */
export function isAllowedBucket(bucket: string): boolean {
  if (isForAsker()) return false;
  const name = bucket.toLowerCase();
  if (allowedByUser.has(`s3://${name}`)) return true;
  const listed = (process.env.FURROW_S3_BUCKETS ?? '').split(',').map((text) => text.trim().toLowerCase());
  return listed.some((entry) =>
    entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : entry !== '' && entry === name,
  );
}

/** The hosts and ports (`host:port`) and buckets (`s3://name`) that the user allowed so far, for another thread of this process. */
export function hostsAllowed(): readonly string[] {
  return [...allowedByUser];
}

/** Takes over what `hostsAllowed` gave in the thread where the user typed the addresses. */
export function allowHosts(hosts: readonly string[]): void {
  for (const host of hosts) allowedByUser.add(host);
}

/** Whether the user of this process named this host and port. */
export function isNamedByUser(url: URL): boolean {
  return allowedByUser.has(hostAndPort(url));
}

/** Whether the user or `FURROW_EGRESS_ALLOW` (host:port, separated by commas) names this host and port. */
export function isAllowedHost(url: URL): boolean {
  const key = hostAndPort(url);
  if (!isForAsker() && allowedByUser.has(key)) return true;
  const listed = (process.env.FURROW_EGRESS_ALLOW ?? '').split(',').map((text) => text.trim().toLowerCase());
  for (const entry of listed)
    if (entry !== '' && !/:\d+$/.test(entry))
      throw new InvalidArgument(`FURROW_EGRESS_ALLOW holds '${entry}': write host:port, separated by commas`);
  return listed.includes(key);
}

function refusal(host: string, address: string): EgressRefused {
  return new EgressRefused(
    `${host}${host === address ? '' : ` (${address})`} is not a public address, and addresses from data may reach no other; FURROW_EGRESS_ALLOW=host:port allows it`,
  );
}

/**
 * Throws `EgressRefused` for another scheme than http and https, for credentials in the address, and for a literal
 * address that is not public, unless its host is allowed. Names are checked when they are resolved, by `publicLookup`.
 */
export function checkEgress(url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new EgressRefused(`${url.protocol} addresses are not fetched: ${url.href}`);
  if (url.username !== '' || url.password !== '')
    throw new EgressRefused(`${url.protocol}//${url.host} carries a user name or password in its address`);
  if (isAllowedHost(url)) return;
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw refusal(literal, literal);
}

/**
 * Resolves like `dns.lookup`, and fails with `EgressRefused` when any address of the name is not public. As the
 * connection takes the very addresses that were checked, a name that resolves anew to another one gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const bad = addresses.find(({ address }) => !isPublicAddress(address));
    if (bad) return callback(refusal(hostname, bad.address), '', 0);
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    return callback(null, first?.address ?? '', first?.family ?? 0);
  });
};
