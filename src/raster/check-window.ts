import { InvalidArgument } from '../errors.ts';
import type { PixelWindow } from './pixels.ts';

/**
 * Refuses (`InvalidArgument`) a window that does not lie inside the image of `layout`, or that is not of whole pixels, and bands
 * that it has not.
 */
export function checkWindow(
  layout: {
    readonly url: string;
    readonly width: number;
    readonly height: number;
    readonly bands: number;
  },
  bands: readonly number[],
  { x, y, width, height }: PixelWindow,
): void {
  const whole = [x, y, width, height].every(Number.isInteger);
  if (
    !whole ||
    x < 0 ||
    y < 0 ||
    width < 1 ||
    height < 1 ||
    x + width > layout.width ||
    y + height > layout.height
  )
    throw new InvalidArgument(
      `${layout.url}: the window of ${width} x ${height} pixels at (${x}, ${y}) does not lie inside ${layout.width} x ${layout.height}`,
    );
  for (const band of bands)
    if (!Number.isInteger(band) || band < 0 || band >= layout.bands)
      throw new InvalidArgument(`${layout.url}: band ${band} (counted from 0) of ${layout.bands}`);
}
