import type { ColorInterpretation } from './raster.ts';
import type { Directory } from './tiff-directory.ts';
import type { ImageLayout } from './tiff-layout.ts';
import { tag } from './tiff-tags.ts';

const photometric = { whiteIsZero: 0, rgb: 2, palette: 3, separated: 5, ycbcr: 6 } as const;
/** ExtraSamples values of associated and unassociated alpha. */
const ALPHA = [1, 2];

const names: Readonly<Record<string, ColorInterpretation>> = {
  undefined: 'undefined',
  gray: 'gray',
  palette: 'palette',
  red: 'red',
  green: 'green',
  blue: 'blue',
  alpha: 'alpha',
  cyan: 'cyan',
  magenta: 'magenta',
  yellow: 'yellow',
  black: 'black',
};

/**
 * What each band is of a picture: by PhotometricInterpretation and ExtraSamples (TIFF 6.0; one bit is a palette), and before them what the GDAL
 * metadata say in `stated` (texts by band), as in GDAL's gtiffrasterband.cpp.
 */
export function colorInterpretationOf(
  { numbers }: Directory,
  bands: number,
  stated: ReadonlyMap<number, string>,
  bits?: number,
): ColorInterpretation[] {
  const kind = numbers.get(tag.photometric)?.[0] ?? 1;
  const extra = numbers.get(tag.extraSamples) ?? new Float64Array(0);
  const base: readonly ColorInterpretation[] =
    kind === photometric.rgb || kind === photometric.ycbcr
      ? ['red', 'green', 'blue']
      : kind === photometric.separated
        ? ['cyan', 'magenta', 'yellow', 'black']
        : kind === photometric.palette || (bits === 1 && bands === 1)
          ? ['palette']
          : ['gray'];
  const firstExtra = bands - extra.length;
  return Array.from({ length: bands }, (_, band) => {
    const said = names[stated.get(band)?.toLowerCase() ?? ''];
    if (said !== undefined) return said;
    const color = base[band];
    if (color !== undefined) return color;
    return ALPHA.includes(extra[band - firstExtra] ?? 0) ? 'alpha' : 'undefined';
  });
}

/** The band whose zeros mask the others: the last of two or four where it is alpha (GDAL's rule). */
export function alphaBand(colors: readonly ColorInterpretation[]): number | undefined {
  const last = colors.length - 1;
  return (last === 1 || last === 3) && colors[last] === 'alpha' ? last : undefined;
}

/**
 * Red, green, blue and alpha of each number that a palette band can hold; the nodata number is transparent. Bands of one bit are
 * black and white.
 */
export function colorMapOf(
  { numbers }: Directory,
  { bands, nodata, rare }: ImageLayout,
): Uint8Array | undefined {
  const map = numbers.get(tag.colorMap);
  if (map === undefined && bands === 1 && rare?.bits === 1) {
    const [zero, one] = rare.photometric === photometric.whiteIsZero ? [255, 0] : [0, 255];
    return Uint8Array.of(zero, zero, zero, nodata === 0 ? 0 : 255, one, one, one, nodata === 1 ? 0 : 255);
  }
  if (map === undefined || map.length < 3 || bands > 2) return undefined;
  const entries = Math.floor(map.length / 3);
  // Some writers leave 8-bit values in the 16-bit tag.
  const divisor = map.some((value) => value > 255) ? 257 : 1;
  const colors = new Uint8Array(entries * 4);
  for (let i = 0; i < entries; i++) {
    for (let channel = 0; channel < 3; channel++)
      colors[i * 4 + channel] = Math.floor((map[channel * entries + i] as number) / divisor);
    colors[i * 4 + 3] = i === nodata ? 0 : 255;
  }
  return colors;
}
