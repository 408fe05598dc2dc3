import { Unsupported } from '../errors.ts';
import type { PixelWindow } from './pixels.ts';
import { type Level, plainLevel } from './plain-level.ts';
import type { Raster } from './raster.ts';
import { readWindow, type TileCacheUse } from './read-window.ts';

/** Where to find out which pixels of a file are data: masks of the full image or its overviews, or a band of each level. */
export interface MaskLevels {
  readonly levels: readonly Level[];
  readonly band: number;
}

/**
 * `Raster.readMask`: 1 where the mask is not 0. A level without a mask of its own size takes the nearest pixels of the
 * largest, as GDAL does.
 */
export function maskReader(
  image: readonly Level[],
  { levels, band }: MaskLevels,
  cache: TileCacheUse['cache'],
  version: string,
): NonNullable<Raster['readMask']> {
  const plain = levels.map(({ source, layout }) => plainLevel(source, layout));
  return async ({ window, level = 0, signal } = {}) => {
    const wanted = image[level]?.layout ?? image[0]?.layout;
    if (wanted === undefined) return undefined;
    const { width, height } = wanted;
    const asked = window ?? { x: 0, y: 0, width, height };
    const found = plain.findIndex(({ layout }) => layout.width === width && layout.height === height);
    const number = Math.max(0, found);
    const mask = plain[number];
    if (mask === undefined) return undefined;
    const { source, layout } = mask;
    if (band === 0 && layout.bands > 1 && layout.url !== wanted.url)
      throw new Unsupported(`${layout.url}: masks of their own for each band cannot be read`);
    const across = layout.width / width;
    const down = layout.height / height;
    const part = found < 0 ? enlarged(asked, across, down, layout) : asked;
    const use = { cache, key: `${source.url}|${version}|mask ${number}` };
    const [pixels] = await readWindow(source, layout, [band], part, use, signal);
    if (pixels === undefined) return undefined;
    const valid = new Uint8Array(asked.width * asked.height);
    for (let row = 0, i = 0; row < asked.height; row++) {
      const from = found < 0 ? Math.floor((asked.y + row + 0.5) * down) - part.y : row;
      for (let column = 0; column < asked.width; column++, i++) {
        const at = found < 0 ? Math.floor((asked.x + column + 0.5) * across) - part.x : column;
        valid[i] = Number(pixels[from * part.width + at]) === 0 ? 0 : 1;
      }
    }
    return valid;
  };
}

function enlarged(
  { x, y, width, height }: PixelWindow,
  across: number,
  down: number,
  whole: { readonly width: number; readonly height: number },
): PixelWindow {
  const left = Math.floor(x * across);
  const top = Math.floor(y * down);
  return {
    x: left,
    y: top,
    width: Math.min(whole.width, Math.ceil((x + width) * across)) - left,
    height: Math.min(whole.height, Math.ceil((y + height) * down)) - top,
  };
}
