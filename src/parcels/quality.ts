import { InvalidArgument } from '../errors.ts';
import { gridCorner, type PixelLayout } from './gather.ts';
import type { PixelValues } from './pixel-values.ts';
import type { ParcelRuns } from './runs.ts';
import { checkCover } from './zonal-table.ts';

/** Classes of the Sentinel-2 L2A scene classification (Level-2A product definition document, SCL). */
export const sclClasses = {
  nodata: 0,
  saturated: 1,
  dark: 2,
  shadow: 3,
  vegetation: 4,
  bareSoil: 5,
  water: 6,
  unclassified: 7,
  cloudMedium: 8,
  cloudHigh: 9,
  thinCirrus: 10,
  snow: 11,
} as const;

export type SclClass = keyof typeof sclClasses;

/** What is dropped before an index is computed: no data, saturated, cloud shadow, clouds, cirrus, snow. */
export const maskedScl: readonly number[] = [0, 1, 3, 8, 9, 10, 11];
/** What shows the ground. */
export const clearScl: readonly number[] = [2, 4, 5, 6, 7];

/** 1 where the class of a pixel is among `classes`; for `ZonalOptions.mask`. */
export function classMask(pixels: PixelValues, classes: readonly number[] = maskedScl): Uint8Array {
  const masked = new Uint8Array(256);
  for (const value of classes) if (value >= 0 && value < 256) masked[value] = 1;
  const mask = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) mask[i] = masked[Number(pixels[i])] ?? 0;
  return mask;
}

/** How often each class occurs in each parcel; row `i` is parcel `pid[i]`, nodata classes are counted too. */
export interface ClassHistogram {
  readonly pid: Float64Array;
  /** Classes counted per parcel: the largest class found + 1. */
  readonly classes: number;
  /** Parcel by parcel, in it class by class. */
  readonly counts: Int32Array;
}

/**
 * Counts classes (whole numbers 0 to 255) in each parcel; parcels without a pixel on the grid give no row. Throws
 * `InvalidArgument` for a value that is no class or arrays that do not hold the runs.
 */
export function classHistogram(runs: ParcelRuns, pixels: PixelValues, layout: PixelLayout): ClassHistogram {
  checkCover(runs, pixels.length, layout, 'the classes');
  const { pids, offsets } = runs;
  const inside = Array.from(pids.keys()).filter((i) => (offsets[i] as number) < (offsets[i + 1] as number));
  const counts = new Int32Array(inside.length * 256);
  const corner = gridCorner(layout);
  let largest = 0;
  for (const [at, i] of inside.entries())
    for (let run = offsets[i] as number; run < (offsets[i + 1] as number); run += 3) {
      const row = corner + (runs.runs[run] as number) * layout.width;
      const end = row + (runs.runs[run + 2] as number);
      for (let p = row + (runs.runs[run + 1] as number); p < end; p++) {
        const value = Number(pixels[p]);
        if (!Number.isInteger(value) || value < 0 || value > 255)
          throw new InvalidArgument(`${value} is no class: a class is a whole number from 0 to 255`);
        if (value > largest) largest = value;
        counts[at * 256 + value]! += 1;
      }
    }
  const classes = largest + 1;
  const packed = new Int32Array(inside.length * classes);
  for (const at of inside.keys()) packed.set(counts.subarray(at * 256, at * 256 + classes), at * classes);
  return { pid: Float64Array.from(inside, (i) => pids[i] as number), classes, counts: packed };
}

/** The share, 0 to 1, of row `row`'s pixels whose class is among `classes`; `none` where no pixel has a class. */
export function classShare(
  { classes: known, counts }: Pick<ClassHistogram, 'classes' | 'counts'>,
  row: number,
  classes: readonly number[] = clearScl,
  none = 0,
): number {
  let [all, among] = [0, 0];
  for (let value = 0; value < known; value++) {
    const count = counts[row * known + value] ?? 0;
    all += count;
    if (classes.includes(value)) among += count;
  }
  return all === 0 ? none : among / all;
}
