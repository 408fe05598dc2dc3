import { type DataType, type PixelArray, pixelArray } from './pixels.ts';

/** The number in a GDAL_NODATA text, rounded to float32 for that type as GDAL does; undefined when it is none. */
export function parseNodata(text: string | undefined, dataType: DataType): number | undefined {
  const trimmed = text?.trim().toLowerCase().replace(',', '.');
  if (!trimmed) return undefined;
  // `1.#QNAN`, `-1.#IND` and `1.#INF` are how Windows has written them.
  if (/^[+-]?(nan|1\.#(qnan|snan|ind)\d*)$/.test(trimmed)) return Number.NaN;
  const infinite = /^([+-]?)(inf(inity)?|1\.#inf\d*)$/.exec(trimmed);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  const number = Number(trimmed);
  return Number.isNaN(number) ? undefined : asStored(number, dataType);
}

/** A nodata value as pixels of that type hold it: what is no float32 stands in such pixels as the nearest one. */
export function asStored(nodata: number, dataType: DataType): number {
  return dataType === 'float32' ? Math.fround(nodata) : nodata;
}

/** Whether a pixel of that type can hold the number: -9999 is no uint8, NaN no integer. */
export function fitsType(value: number, dataType: DataType): boolean {
  if (dataType === 'float64') return true;
  if (dataType === 'float32') return !Number.isFinite(value) || Number.isFinite(Math.fround(value));
  if (!Number.isInteger(value)) return false;
  if (dataType === 'uint64') return value >= 0 && value < 2 ** 64;
  if (dataType === 'int64') return value >= -(2 ** 63) && value < 2 ** 63;
  const one = pixelArray(dataType, 1);
  one[0] = value;
  return one[0] === value;
}

/** Fills with nodata, or with 0 when there is none or the type cannot hold it (GDAL's rule for sparse tiles). */
export function fillNodata(
  pixels: PixelArray,
  dataType: DataType,
  nodata: number | undefined,
  from = 0,
  to = pixels.length,
): void {
  const value = nodata !== undefined && fitsType(nodata, dataType) ? nodata : 0;
  if (pixels instanceof BigInt64Array || pixels instanceof BigUint64Array)
    pixels.fill(BigInt(value), from, to);
  else pixels.fill(value, from, to);
}
