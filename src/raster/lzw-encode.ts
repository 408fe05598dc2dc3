const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
/** The encoder clears its table one entry before the last, as libtiff does, so that no reader meets a 13-bit code. */
const FULL = 4094;
const SLOTS = 1 << 14;
const SLOT_SHIFT = 32 - 14;
/** 2^32 over the golden ratio: multiplying spreads neighbouring keys over the upper bits (Knuth 6.4). */
const SCATTER = 0x9e3779b1;
const GENERATIONS = 1 << 11;

/** Keys carry the number of the table's life in their upper bits, so clearing costs nothing. */
const keys = new Int32Array(SLOTS).fill(-1);
const codes = new Uint16Array(SLOTS);
let generation = 0;

function nextGeneration(): number {
  generation += 1;
  if (generation === GENERATIONS) {
    generation = 0;
    keys.fill(-1);
  }
  return generation;
}

/** TIFF's LZW (TIFF 6.0 section 13): most significant bit first, code width grown one code early. */
export function encodeLzw(source: Uint8Array): Uint8Array {
  // A code of at most 12 bits a byte, the clear codes (one in 3,800) and the two ends.
  const output = new Uint8Array(Math.ceil(source.length * 1.51) + 16);
  let written = 0;
  let held = 0;
  let bits = 0;
  let width = 9;
  let next = FIRST_FREE;
  let life = nextGeneration() << 20;
  const put = (code: number): void => {
    held = (held << width) | code;
    bits += width;
    while (bits >= 8) {
      bits -= 8;
      output[written++] = held >>> bits;
    }
  };
  const grow = (): void => {
    if (next === FULL) {
      put(CLEAR);
      width = 9;
      next = FIRST_FREE;
      life = nextGeneration() << 20;
    } else if (next >= 1 << width) width++;
  };
  put(CLEAR);
  if (source.length > 0) {
    let prefix = source[0] as number;
    for (let i = 1; i < source.length; i++) {
      const byte = source[i] as number;
      const key = life | (prefix << 8) | byte;
      let slot = Math.imul((prefix << 8) | byte, SCATTER) >>> SLOT_SHIFT;
      while (keys[slot] !== key && (keys[slot] as number) >> 20 === life >> 20)
        slot = (slot + 1) & (SLOTS - 1);
      if (keys[slot] === key) {
        prefix = codes[slot] as number;
        continue;
      }
      put(prefix);
      keys[slot] = key;
      codes[slot] = next++;
      grow();
      prefix = byte;
    }
    put(prefix);
    next++;
    grow();
  }
  put(END);
  if (bits > 0) output[written++] = held << (8 - bits);
  return output.subarray(0, written);
}
