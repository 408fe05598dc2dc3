// One by one: taken from a list they are no constants to the compiler, and the scan takes nearly twice as long.
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const backslash = 0x5c;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

const key = new TextEncoder().encode('"features"');

/** A separator longer than this is not looked for. */
const MOST_BETWEEN = 256;

/**
 * The bracket that opens the list `features` of the outermost object; -1 where there is none, or its name is written with escapes.
 * What is found is right for a text that is JSON; whether it is one is for the parser of its parts to say.
 */
export function featuresStart(bytes: Uint8Array): number {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case openObject:
      case openList:
        depth++;
        break;
      case closeObject:
      case closeList:
        depth--;
        break;
      case quote: {
        const end = endOfText(bytes, at);
        if (depth === 1 && end - at === key.length && key.every((byte, i) => bytes[at + i] === byte)) {
          const sign = afterSpace(bytes, end);
          const list = afterSpace(bytes, sign + 1);
          if (bytes[sign] === colon && bytes[list] === openList) return list;
        }
        at = end - 1;
      }
    }
  }
  return -1;
}

/** The comma or bracket that ends the element of a list that begins at `at`; the length of the bytes where nothing does. */
export function endOfElement(bytes: Uint8Array, at: number): number {
  let depth = 0;
  let place = at;
  for (; place < bytes.length; place++) {
    switch (bytes[place]) {
      case openObject:
      case openList:
        depth++;
        break;
      case closeObject:
        depth--;
        break;
      case closeList:
        if (depth === 0) return place;
        depth--;
        break;
      case comma:
        if (depth === 0) return place;
        break;
      case quote:
        place = endOfText(bytes, place) - 1;
    }
  }
  return place;
}

/** What stands between two objects of a list, from one's bracket to the other's first key, and where in it the comma is. */
export interface Between {
  readonly bytes: Uint8Array;
  readonly comma: number;
}

/** What stands around a comma; undefined where it is not between two objects. */
export function betweenAt(bytes: Uint8Array, at: number): Between | undefined {
  let from = at - 1;
  while (from > 0 && (bytes[from] ?? 0) <= 0x20) from--;
  const next = afterSpace(bytes, at + 1);
  const name = afterSpace(bytes, next + 1);
  if (bytes[from] !== closeObject || bytes[at] !== comma || bytes[next] !== openObject) return undefined;
  const end = endOfText(bytes, name);
  if (bytes[name] !== quote || end - from > MOST_BETWEEN) return undefined;
  return { bytes: bytes.slice(from, end), comma: at - from };
}

/**
 * The next comma from `at` on that looks like another; -1 where none does. It may stand in a text or deep inside of an element: only
 * when all before it is whole for a parser does it end one.
 */
export function likelyEnd(bytes: Uint8Array, at: number, between: Between): number {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(between.bytes, at);
  return found < 0 ? -1 : found + between.comma;
}

/** Behind the closing quote of a text that begins at `at`. */
function endOfText(bytes: Uint8Array, at: number): number {
  let place = at + 1;
  while (place < bytes.length && bytes[place] !== quote) place += bytes[place] === backslash ? 2 : 1;
  return place + 1;
}

function afterSpace(bytes: Uint8Array, at: number): number {
  let place = at;
  while (place < bytes.length && (bytes[place] ?? 0) <= 0x20) place++;
  return place;
}

export function isComma(byte: number | undefined): boolean {
  return byte === comma;
}
