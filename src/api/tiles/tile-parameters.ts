import { Type } from 'typebox';
import { NotFound } from '../../errors.ts';

/** Where a tile lies, in web mercator numbering with y southwards. */
export const tileAddress = {
  z: Type.Integer({ minimum: 0, maximum: 24 }),
  x: Type.Integer({ minimum: 0, maximum: 2 ** 24 }),
  y: Type.Integer({ minimum: 0, maximum: 2 ** 24 }),
};

/** Throws `NotFound` for a tile that is not in the world. */
export function tileAt({ z, x, y }: { readonly z: number; readonly x: number; readonly y: number }) {
  if (x >= 2 ** z || y >= 2 ** z) throw new NotFound(`there is no tile ${z}/${x}/${y}`);
  return [z, x, y] as const;
}
