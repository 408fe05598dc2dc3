import { END, EXTRA, INVALID, LITERAL, MATCH, place, SPECIAL, SPECIAL_DISTANCE } from './inflate-layout.ts';
import type { WasmCode } from './wasm-code.ts';

/** Puts the entries of all symbols into the memory: what tables hold but for the lengths of the codes. */
export function placeSymbols(module: WasmCode): void {
  module.data(place.literalSymbols, littleEndian(literalSymbols()));
  const { entries, values } = distanceSymbols();
  module.data(place.distanceSymbols, littleEndian(entries));
  module.data(place.distances, littleEndian(values));
  module.data(place.lengthSymbols, littleEndian(Array.from({ length: 19 }, (_, symbol) => symbol << 16)));
}

/** RFC 1951, 3.2.5. */
function literalSymbols(): number[] {
  const entries = Array.from({ length: 256 }, (_, byte) => LITERAL | (byte << 8));
  entries.push((SPECIAL | END) >>> 0);
  let base = 3;
  for (let code = 0; code < 28; code++) {
    const extra = code < 8 ? 0 : (code >> 2) - 1;
    entries.push((extra === 0 ? MATCH : MATCH | EXTRA) | (base << 16) | extra);
    base += 2 ** extra;
  }
  entries.push(MATCH | (258 << 16), (SPECIAL | INVALID) >>> 0, (SPECIAL | INVALID) >>> 0);
  return entries;
}

function distanceSymbols(): { readonly entries: number[]; readonly values: number[] } {
  const entries: number[] = [];
  const values: number[] = [];
  let base = 1;
  for (let code = 0; code < 30; code++) {
    const extra = code < 4 ? 0 : (code >> 1) - 1;
    entries.push((code << 18) | (2 << 8) | extra);
    values.push(((2 ** extra - 1) << 16) | base);
    base += 2 ** extra;
  }
  entries.push(SPECIAL_DISTANCE | INVALID, SPECIAL_DISTANCE | INVALID);
  return { entries, values };
}

function littleEndian(words: readonly number[]): number[] {
  return words.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]);
}
