const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

const key = new TextEncoder().encode('"features"');

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
