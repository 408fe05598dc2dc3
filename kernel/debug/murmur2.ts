const multiplier = 0x5bd1e995;

/**
 * MurmurHash2 (Austin Appleby, public domain; 32 bits) of the UTF-8 bytes of a text, unsigned. Front ends name the
 * script of a cell by it, so it has to be theirs to the bit.
 */
export function murmur2(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  const tail = bytes.length & ~3;
  let hash = seed ^ bytes.length;
  for (let at = 0; at < tail; at += 4) {
    const mixed = Math.imul(view.getInt32(at, true), multiplier);
    hash = Math.imul(hash, multiplier) ^ Math.imul(mixed ^ (mixed >>> 24), multiplier);
  }
  if (tail < bytes.length) {
    for (let at = tail; at < bytes.length; at++) hash ^= view.getUint8(at) << (8 * (at - tail));
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return (hash ^ (hash >>> 15)) >>> 0;
}
