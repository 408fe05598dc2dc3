import { InvalidArgument } from '../errors.ts';

/** Texts of people in the store are no longer than this. */
const mostTitle = 1_000;
const mostDescription = 100_000;

function checked(text: string | null | undefined, name: string, most: number): string | null {
  if (text === null || text === undefined) return null;
  if (text.length > most)
    throw new InvalidArgument(`${name} has ${text.length} characters; ${most} are the most`);
  if (text.includes('\0')) throw new InvalidArgument(`${name} holds a NUL character`);
  return text;
}

/** Title and description as the store takes them. Throws `InvalidArgument` for long ones and NUL characters. */
export function checkedTitle(text: string | null | undefined): string | null {
  return checked(text, 'title', mostTitle);
}

export function checkedDescription(text: string | null | undefined): string | null {
  return checked(text, 'description', mostDescription);
}

/** Characters of one line of a log. */
export const mostMessage = 4_000;

/** A text of anybody as a column holds it: without NUL, and cut after `most` characters. */
export function storable(text: string, most: number): string {
  const whole = text.replaceAll('\0', '\ufffd');
  return whole.length > most ? `${whole.slice(0, most)} …` : whole;
}
