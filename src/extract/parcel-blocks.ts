import { limit } from '../limits.ts';
import { type ParcelRuns, parcelWindow, type RunWindow, selectRuns } from '../parcels/runs.ts';

/** Some of the parcels of a grid, and the window that holds their pixels. */
export interface ParcelBlock {
  readonly runs: ParcelRuns;
  readonly window: RunWindow;
}

/**
 * Divides parcels into blocks whose windows stay below the limit `chunkBytes` at `pixelBytes` a pixel (all bands together),
 * so that an image of any size is read in bounded memory. Parcels without a pixel on the grid are in no block. One parcel
 * larger than the limit is a block of its own.
 */
export function parcelBlocks(runs: ParcelRuns, pixelBytes: number): ParcelBlock[] {
  const { window } = runs;
  if (window === undefined) return [];
  const most = limit('chunkBytes') / pixelBytes;
  if (window.width * window.height <= most) return [{ runs, window }];
  return divide(inside(runs), most).map((positions) => block(runs, positions));
}

interface Placed {
  readonly position: number;
  readonly window: RunWindow;
}

function inside(runs: ParcelRuns): Placed[] {
  return Array.from(runs.pids.keys()).flatMap((position) => {
    const window = parcelWindow(runs, position);
    return window === undefined ? [] : [{ position, window }];
  });
}

/** Halves along the longer side, between parcels, until each part is small enough. */
function divide(parcels: readonly Placed[], most: number): Placed[][] {
  const around = union(parcels);
  if (parcels.length <= 1 || around.width * around.height <= most) return [[...parcels]];
  const middle =
    around.width > around.height
      ? ({ window }: Placed) => window.x + window.width / 2
      : ({ window }: Placed) => window.y + window.height / 2;
  const sorted = [...parcels].sort((one, other) => middle(one) - middle(other));
  const half = sorted.length >> 1;
  return [...divide(sorted.slice(0, half), most), ...divide(sorted.slice(half), most)];
}

function union(parcels: readonly Placed[]): RunWindow {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { window } of parcels) {
    left = Math.min(left, window.x);
    top = Math.min(top, window.y);
    right = Math.max(right, window.x + window.width);
    bottom = Math.max(bottom, window.y + window.height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function block(runs: ParcelRuns, parcels: readonly Placed[]): ParcelBlock {
  const positions = parcels.map(({ position }) => position).sort((one, other) => one - other);
  return { runs: selectRuns(runs, positions), window: union(parcels) };
}
