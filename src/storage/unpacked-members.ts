/** Members that nobody asks for go after this time: a map or a cell asks for the same one many times a second. */
const KEEP_MS = 30_000;
/** Kept in all, by each thread: a few small images. */
export const MOST_KEPT_BYTES = 32 * 2 ** 20;

interface Kept {
  readonly bytes: Uint8Array;
  readonly timer: NodeJS.Timeout;
}

/** Those asked for last come last. */
const members = new Map<string, Kept>();
/** Of the memory behind the bytes, which is what is held and may be more. */
let keptBytes = 0;

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
 * others take their place: all together have at most 32 MiB, and a larger one is not kept. Whoever gets them does not write into them.
 */
export function keepMember(key: string, bytes: Uint8Array): void {
  forget(key);
  if (bytes.buffer.byteLength > MOST_KEPT_BYTES) return;
  members.set(key, { bytes, timer: setTimeout(() => forget(key), KEEP_MS).unref() });
  keptBytes += bytes.buffer.byteLength;
  for (const oldest of members.keys()) {
    if (keptBytes <= MOST_KEPT_BYTES) break;
    forget(oldest);
  }
}

function forget(key: string): void {
  const kept = members.get(key);
  if (kept === undefined) return;
  clearTimeout(kept.timer);
  members.delete(key);
  keptBytes -= kept.bytes.buffer.byteLength;
}
