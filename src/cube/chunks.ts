import { limit } from '../limits.ts';
import type { PixelWindow } from '../raster/pixels.ts';

/** Chunk sides are multiples of this where they can be: the usual tile of a COG is 256 or 512 pixels. */
const STEP = 256;

/**
 * Cuts a window into chunks so that `bytesPerPixel` times the pixels of one stays within `chunkBytes`; row by row, from the
 * upper left. A chunk has at least one pixel.
 */
export function chunkWindows(
  window: PixelWindow,
  bytesPerPixel: number,
  chunkBytes: number = limit('chunkBytes'),
): PixelWindow[] {
  const pixels = Math.max(1, Math.floor(chunkBytes / Math.max(1, bytesPerPixel)));
  const side = Math.max(1, Math.floor(Math.sqrt(pixels)));
  const align = (length: number) => (length > STEP ? length - (length % STEP) : length);
  const width = Math.min(window.width, align(side));
  const height = width === 0 ? 0 : Math.min(window.height, align(Math.max(1, Math.floor(pixels / width))));
  const chunks: PixelWindow[] = [];
  if (width === 0 || height === 0) return chunks;
  for (let y = 0; y < window.height; y += height)
    for (let x = 0; x < window.width; x += width)
      chunks.push({
        x: window.x + x,
        y: window.y + y,
        width: Math.min(width, window.width - x),
        height: Math.min(height, window.height - y),
      });
  return chunks;
}
