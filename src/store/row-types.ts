import { types } from 'pg';
import { StoreFailure } from '../errors.ts';

const int8 = 20;
const date = 1082;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new StoreFailure(`the store answered ${text}, beyond the whole numbers of JavaScript`);
  return value;
}

/** Parsers of `pg` for rows as objects: bigint as number, date as text. */
export const rowTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8) return wholeNumber;
    if (oid === date) return (text: string) => text;
    return types.getTypeParser(oid, format ?? 'text');
  },
};

/** No parsing: the texts as they came. */
export const rawTypes = { getTypeParser: () => (text: string) => text };
