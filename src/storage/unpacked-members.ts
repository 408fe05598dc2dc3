import { limit } from '../limits.ts';

/** Members that nobody asks for go after this time: a map or a cell asks for the same one many times a second. */
const KEEP_MS = 30_000;

interface Kept {
  readonly bytes: Uint8Array;
  readonly timer: NodeJS.Timeout;
}

/** Those asked for last come last. */
const members = new Map<string, Kept>();

/** The bytes that were kept under this key, for another while; undefined when there are none. */
export function unpackedMember(key: string): Uint8Array | undefined {
  const found = members.get(key);
  if (found === undefined) return undefined;
  found.timer.refresh();
  members.delete(key);
  members.set(key, found);
  return found.bytes;
}

/**
 * Keeps the bytes of a member under a key that tells archive, version and member, until they have not been asked for in 30 s or
 * others take their place: all together have at most `archiveMemberBytes`. Whoever gets them does not write into them.
 */
export function keepMember(key: string, bytes: Uint8Array): void {
  forget(key);
  members.set(key, { bytes, timer: setTimeout(() => members.delete(key), KEEP_MS).unref() });
  // What is held is the memory behind the bytes, which may be more.
  let sum = [...members.values()].reduce((total, kept) => total + kept.bytes.buffer.byteLength, 0);
  for (const [oldest, kept] of members) {
    if (sum <= limit('archiveMemberBytes')) break;
    forget(oldest);
    sum -= kept.bytes.buffer.byteLength;
  }
}

function forget(key: string): void {
  clearTimeout(members.get(key)?.timer);
  members.delete(key);
}
