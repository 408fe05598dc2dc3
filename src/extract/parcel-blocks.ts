import { limit } from '../limits.ts';
import { onOneLine, type ParcelRuns, parcelWindow, type RunWindow, selectRuns } from '../parcels/runs.ts';

/** Some of the parcels of a grid, by position, and the window that holds their pixels. */
export interface ParcelBlock {
  readonly positions: readonly number[];
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
  return divide(inside(runs), most).map((parcels) => ({
    positions: parcels.map(({ position }) => position),
    window: union(parcels),
  }));
}

const parts = new WeakMap<ParcelRuns, Map<number, ParcelRuns[]>>();

/**
 * Parcels in parts, from the first row on, whose own pixels stay below the limit `chunkBytes` at `pixelBytes` a pixel; all as they
 * are where that suffices. Kept with the runs. One parcel larger than the limit is a part of its own.
 */
export function parcelParts(runs: ParcelRuns, pixelBytes: number): readonly ParcelRuns[] {
  const most = Math.floor(limit('chunkBytes') / pixelBytes);
  const pixels = onOneLine(runs).window?.width ?? 0;
  if (pixels === 0) return [];
  if (pixels <= most) return [runs];
  const known = parts.get(runs) ?? new Map<number, ParcelRuns[]>();
  parts.set(runs, known);
  let made = known.get(most);
  if (made === undefined) {
    made = cut(runs, most).map((positions) => selectRuns(runs, positions));
    known.set(most, made);
  }
  return made;
}

function cut(runs: ParcelRuns, most: number): number[][] {
  const line = onOneLine(runs);
  const byRow = inside(runs).sort((one, other) => one.window.y - other.window.y);
  const lists: number[][] = [];
  let pixels = Infinity;
  for (const { position } of byRow) {
    const at = line.offsets[position] as number;
    const own = (line.runs[at + 2] as number) - (line.runs[at + 1] as number);
    if (pixels + own > most) {
      lists.push([]);
      pixels = 0;
    }
    lists.at(-1)?.push(position);
    pixels += own;
  }
  return lists;
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
