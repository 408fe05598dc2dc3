import type { PixelWindow } from '../raster/pixels.ts';
import { chunkWindows } from './chunks.ts';
import type { ZonalChunk } from './zonal-help.ts';
import { visitRuns, type Zones, zonesWindow } from './zones.ts';

/** Chunks start at multiples of this of the cube's frame: the usual tiles of a COG are then cut by none. */
const STEP = 256;

/**
 * Cuts the pixels of geometries into windows that do not overlap, so that no pixel is read twice; windows without a geometry
 * are left out, and the others shrunk to what is needed. `origin` is where the grid of the zones starts in the frame.
 */
export function zonalChunks(
  zones: Zones,
  origin: { readonly x: number; readonly y: number },
  bytesPerPixel: number,
  chunkBytes?: number,
): ZonalChunk[] {
  const bounds = zonesWindow(zones);
  if (bounds.width === 0) return [];
  const down = (value: number) => Math.floor(value / STEP) * STEP;
  const left = down(bounds.x + origin.x) - origin.x;
  const top = down(bounds.y + origin.y) - origin.y;
  const width = bounds.x + bounds.width - left;
  const height = bounds.y + bounds.height - top;
  const windows = chunkWindows({ x: left, y: top, width, height }, bytesPerPixel, chunkBytes);
  const [first] = windows;
  if (first === undefined) return [];
  const across = Math.ceil(width / first.width);
  const members = windows.map((): number[] => []);
  const homes = new Int32Array(zones.counts.length).fill(-1);
  const { runs, offsets } = zones;
  for (let zone = 0; zone < zones.counts.length; zone += 1) {
    const seen = new Set<number>();
    for (let i = offsets[zone] ?? 0; i < (offsets[zone + 1] ?? 0); i += 3) {
      const row = Math.floor(((runs[i] as number) - top) / first.height) * across;
      const from = Math.floor(((runs[i + 1] as number) - left) / first.width);
      const to = Math.floor(((runs[i + 2] as number) - 1 - left) / first.width);
      for (let column = from; column <= to; column += 1) seen.add(row + column);
    }
    for (const chunk of seen) {
      members[chunk]?.push(zone);
      homes[zone] = seen.size === 1 ? chunk : -1;
    }
  }
  return windows.flatMap((window, chunk): ZonalChunk[] => {
    const own = members[chunk] ?? [];
    if (own.length === 0) return [];
    const whole = Int32Array.from(own.filter((zone) => homes[zone] === chunk));
    const split = Int32Array.from(own.filter((zone) => homes[zone] !== chunk));
    return [{ window: shrink(zones, own, window), whole, split }];
  });
}

function shrink(zones: Zones, own: readonly number[], window: PixelWindow): PixelWindow {
  let [left, top, right, bottom] = [window.width, window.height, 0, 0];
  for (const zone of own)
    visitRuns(zones, zone, window, (_position, inWindow, length) => {
      const row = Math.floor(inWindow / window.width);
      const column = inWindow - row * window.width;
      left = Math.min(left, column);
      right = Math.max(right, column + length);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row + 1);
    });
  return { x: window.x + left, y: window.y + top, width: right - left, height: bottom - top };
}
