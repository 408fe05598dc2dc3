import { planeValues, type RasterCube } from '../cube/raster-cube.ts';
import { ProcessException, ProcessParameterInvalid } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import { colorMap } from '../raster/color-maps.ts';
import { encodePng } from '../raster/encode-png.ts';
import type { Slice } from './cube-slices.ts';
import type { FormatOptions } from './output-formats.ts';

/**
 * One band by a colour map, or three as red, green and blue, as PNG; values are stretched from `min` to `max` (those of the
 * picture where they are left out), and pixels with nodata in any band are transparent. Throws `FormatUnsuitable` for another
 * number of bands, `ProcessParameterInvalid`, `LimitExceeded`.
 */
export async function drawPicture(
  cube: RasterCube,
  bands: Slice['bands'],
  { min, max, colormap = 'gray' }: FormatOptions,
): Promise<Uint8Array> {
  if (bands.length !== 1 && bands.length !== 3)
    throw new ProcessException(
      'FormatUnsuitable',
      `a picture shows one band or three, and this cube has ${bands.length}: choose with filter_bands`,
    );
  const { width, height } = cube;
  checkLimit('windowBytes', width * height * 4, 'a picture');
  const planes = bands.map(({ plane }) => planeValues(cube, plane));
  const [low, high] = stretchOf(planes, min, max);
  const scale = high > low ? 255 / (high - low) : 0;
  const colors = planes.length === 1 ? colorMap(String(colormap)) : undefined;
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i += 1) {
    let valid = true;
    for (let k = 0; k < 3; k += 1) {
      const value = (planes[planes.length === 1 ? 0 : k]?.[i] ?? Number.NaN) as number;
      valid &&= !Number.isNaN(value);
      const step = Math.min(255, Math.max(0, Math.round((value - low) * scale)));
      data[i * 4 + k] = colors === undefined ? step : (colors[step * 3 + k] as number);
    }
    if (valid) data[i * 4 + 3] = 255;
    else data.fill(0, i * 4, i * 4 + 4);
  }
  return encodePng({ width, height, data }, { level: 6 });
}

function stretchOf(
  planes: readonly (Float32Array | Float64Array)[],
  min: number | string | undefined,
  max: number | string | undefined,
): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (min === undefined || max === undefined)
    for (const plane of planes)
      for (const value of plane) {
        if (!Number.isFinite(value)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
  const stretch: [number, number] = [Number(min ?? low), Number(max ?? high)];
  if (min !== undefined && max !== undefined && stretch[0] >= stretch[1])
    throw new ProcessParameterInvalid(`PNG: min ${min} must be below max ${max}`);
  return stretch;
}
