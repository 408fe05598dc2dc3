import { createHmac, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';

/** How many failures in a row, and after them one more every so often. */
export interface Allowance {
  readonly burst: number;
  readonly everyMs: number;
}

/** Nobody mistypes a password more often; a guesser gets some 1,500 tries a day. */
export const triesOfName: Allowance = { burst: 10, everyMs: 60_000 };
/** A whole classroom may sit behind one address. */
export const triesOfAddress: Allowance = { burst: 60, everyMs: 5_000 };

export interface LoginTries {
  /** Takes one try; undefined when there was one, else the milliseconds until the next. */
  take(key: string): number | undefined;
  /** The try was no failure: it does not count. */
  giveBack(key: string): void;
}

/**
 * Counts tries by key in a table of fixed size: keys share a row by a hash that nobody outside can compute, so inventing keys neither takes
 * memory nor makes room, and a guesser cannot choose with whom to share.
 */
export function openTries(
  { burst, everyMs }: Allowance,
  clock: () => Date,
  random: (bytes: number) => Buffer = randomBytes,
): LoginTries {
  const rows = 2 ** 14;
  const secret = random(32);
  const spent = new Float32Array(rows);
  const since = new Float64Array(rows);
  const rowOf = (key: string) => createHmac('sha256', secret).update(key).digest().readUInt16BE() % rows;
  /** What is spent now: a part has come back since the row was last looked at. */
  const renew = (row: number): number => {
    const now = clock().getTime();
    const back = Math.max(0, now - (since[row] ?? 0)) / everyMs;
    since[row] = now;
    return (spent[row] = Math.max(0, (spent[row] ?? 0) - back));
  };
  return {
    take(key) {
      const row = rowOf(key);
      const used = renew(row);
      if (used + 1 > burst) return Math.ceil((used + 1 - burst) * everyMs);
      spent[row] = used + 1;
      return undefined;
    },
    giveBack(key) {
      const row = rowOf(key);
      spent[row] = Math.max(0, renew(row) - 1);
    },
  };
}

/** What tries are counted by: the address, of IPv6 the 64 bits that one customer has at least (RFC 6177). */
export function addressKey(address: string | undefined): string {
  if (address === undefined || isIP(address) !== 6) return address ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length;
  const all = [...groups, ...Array<string>(Math.max(0, rest)).fill('0'), ...(tail ?? '').split(':')];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group || '0', 16).toString(16))
    .join(':');
}
