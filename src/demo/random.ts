/** Numbers in [0, 1), the same for the same keys on every machine. */
export type Random = () => number;

/**
 * A generator of its own for every purpose (`seededRandom(seed, 'clouds', 7)`), so that a new use of chance elsewhere does
 * not change what this one gives. Mulberry32 over an FNV-1a hash of the keys.
 */
export function seededRandom(...keys: readonly (number | string)[]): Random {
  let state = hashKeys(keys);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number in [from, to). */
export function between(random: Random, from: number, to: number): number {
  return from + (to - from) * random();
}

const quantiles = normalQuantiles(4096);

/** A generator of standard normal deviates: 4096 quantiles drawn by xorshift32, a few nanoseconds each. */
export function seededNormal(...keys: readonly (number | string)[]): () => number {
  let state = hashKeys(keys) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return quantiles[state >>> 20] as number;
  };
}

function hashKeys(keys: readonly (number | string)[]): number {
  let hash = 0x811c9dc5;
  for (const character of keys.join('|'))
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash ^= hash >>> 16;
  return Math.imul(hash, 0x85ebca6b) | 0;
}

/** Quantiles at (i + 0.5) / count by bisection of the logistic approximation of the normal distribution (Bowling 2009). */
function normalQuantiles(count: number): Float64Array {
  const table = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const wanted = (i + 0.5) / count;
    let [low, high] = [-5, 5];
    for (let step = 0; step < 40; step++) {
      const z = (low + high) / 2;
      if (1 / (1 + Math.exp(-0.07056 * z ** 3 - 1.5976 * z)) < wanted) low = z;
      else high = z;
    }
    table[i] = (low + high) / 2;
  }
  return table;
}
