/**
 * Positions in the protocol count Unicode code points (protocol 5.2), JavaScript counts UTF-16 units.
 * The offset in UTF-16 units of position `points`; past the end it is the length.
 */
export function toOffset(text: string, points: number): number {
  let offset = 0;
  for (let left = points; left > 0 && offset < text.length; left -= 1)
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  return offset;
}

/** The position in code points of an offset in UTF-16 units. */
export function toPoints(text: string, offset: number): number {
  let points = 0;
  for (let at = 0; at < Math.min(offset, text.length); points += 1)
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return points;
}

/** How many code points a text has. */
export function countPoints(text: string): number {
  return toPoints(text, text.length);
}
