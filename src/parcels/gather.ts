import type { NarrowPixels, PixelValues } from './pixel-values.ts';
import type { ParcelRuns } from './runs.ts';

/** How arrays of pixels lie on the grid of the runs. */
export interface PixelLayout {
  /** Pixels a row of the arrays. */
  readonly width: number;
  /** The pixel of the grid at the start of the arrays; 0, 0 when they hold the grid from its corner. */
  readonly origin?: { readonly x: number; readonly y: number } | undefined;
}

/** The place in the arrays of column 0, row 0 of the grid; may be negative. */
export function gridCorner({ width, origin }: PixelLayout): number {
  return origin === undefined ? 0 : -origin.y * width - origin.x;
}

/** Copies the valid pixels of parcel `i` to the front of `into` and says how many there are. Whole numbers only. */
export function gatherNarrow(
  { runs, offsets }: ParcelRuns,
  i: number,
  pixels: NarrowPixels,
  nodata: number,
  layout: PixelLayout,
  mask: Uint8Array | undefined,
  into: Int32Array,
): number {
  const corner = gridCorner(layout);
  const to = offsets[i + 1] as number;
  let n = 0;
  for (let at = offsets[i] as number; at < to; at += 3) {
    const row = corner + (runs[at] as number) * layout.width;
    const end = row + (runs[at + 2] as number);
    for (let p = row + (runs[at + 1] as number); p < end; p++) {
      if (mask !== undefined && mask[p] === 1) continue;
      const value = pixels[p] as number;
      if (value !== nodata) into[n++] = value;
    }
  }
  return n;
}

/** The same for any type; drops NaN too. */
export function gatherWide(
  { runs, offsets }: ParcelRuns,
  i: number,
  pixels: PixelValues,
  nodata: number,
  layout: PixelLayout,
  mask: Uint8Array | undefined,
  into: Float64Array,
): number {
  const corner = gridCorner(layout);
  const to = offsets[i + 1] as number;
  let n = 0;
  for (let at = offsets[i] as number; at < to; at += 3) {
    const row = corner + (runs[at] as number) * layout.width;
    const end = row + (runs[at + 2] as number);
    for (let p = row + (runs[at + 1] as number); p < end; p++) {
      if (mask !== undefined && mask[p] === 1) continue;
      const value = Number(pixels[p]);
      if (value !== nodata && !Number.isNaN(value)) into[n++] = value;
    }
  }
  return n;
}
