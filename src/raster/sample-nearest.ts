import { type Sampler, under } from './warp-strip.ts';

/** The source pixel in which the centre of the target pixel lies. */
export const nearest: Sampler = {
  corners: false,
  fill: (strip) => {
    const { pixels, missing, output, valid, from, across, down } = strip;
    // A 64-bit integer is compared as a number, which no nodata value of a file can tell from exact.
    const big = pixels instanceof BigInt64Array || pixels instanceof BigUint64Array;
    for (let i = 0; i < across * down; i++) {
      const at = under(strip, i);
      if (at < 0) continue;
      const value = pixels[at] as number;
      const number = big ? Number(value) : value;
      if (number === missing || Number.isNaN(number)) continue;
      output[from + i] = value;
      valid[from + i] = 1;
    }
  },
};
