import { Unsupported } from '../errors.ts';
import { fitsType } from './nodata.ts';
import { type DataType, type PixelArray, pixelArray } from './pixels.ts';
import type { Raster } from './raster.ts';

interface Marked {
  readonly dataType: DataType;
  readonly nodata: number;
}

const views = new WeakMap<Raster, Map<string, Raster>>();

/**
 * The same raster with its mask or alpha band put into the pixels: what is masked is nodata there, so that whoever knows
 * nodata only never takes it for data. The value is `nodata` (the file's own when left out) where the type can hold it,
 * NaN for floats, else a number next to the type's range and a wider type. A raster without a mask is given back as it
 * is. An alpha band itself is not masked. Throws `Unsupported` for masked 64-bit integers without a nodata value.
 */
export function maskedRaster(raster: Raster, nodata = raster.info.nodata): Raster {
  if (raster.readMask === undefined) return raster;
  const known = views.get(raster) ?? new Map<string, Raster>();
  views.set(raster, known);
  const view = known.get(String(nodata)) ?? maskedView(raster, nodata);
  known.set(String(nodata), view);
  return view;
}

function maskedView(raster: Raster, stated: number | undefined): Raster {
  const { info } = raster;
  const marked = markOf(info.dataType, stated, info.url);
  const isAlpha = (band: number): boolean => info.colorInterpretation?.[band] === 'alpha';
  return {
    info: { ...info, ...marked },
    read: async (request = {}) => {
      const [bands, mask] = await Promise.all([raster.read(request), raster.readMask?.(request)]);
      return bands.map((pixels, i) =>
        withMask(pixels, isAlpha(request.bands?.[i] ?? i) ? undefined : mask, info.dataType, marked),
      );
    },
  };
}

const wider: Partial<Record<DataType, Marked>> = {
  uint8: { dataType: 'int16', nodata: -1 },
  int8: { dataType: 'int16', nodata: -129 },
  uint16: { dataType: 'int32', nodata: -1 },
  int16: { dataType: 'int32', nodata: -32_769 },
  uint32: { dataType: 'float64', nodata: -1 },
  int32: { dataType: 'float64', nodata: -2_147_483_649 },
};

function markOf(dataType: DataType, stated: number | undefined, url: string): Marked {
  if (stated !== undefined && fitsType(stated, dataType)) return { dataType, nodata: stated };
  if (dataType === 'float32' || dataType === 'float64') return { dataType, nodata: Number.NaN };
  const mark = wider[dataType];
  if (mark === undefined)
    throw new Unsupported(
      `${url}: a mask over ${dataType} pixels; no wider type can mark the masked ones, give the file a nodata value`,
    );
  return mark;
}

function withMask(
  pixels: PixelArray,
  mask: Uint8Array | undefined,
  from: DataType,
  { dataType, nodata }: Marked,
): PixelArray {
  let marked = pixels;
  if (dataType !== from) {
    marked = pixelArray(dataType, pixels.length);
    (marked as Float64Array).set(pixels as Float64Array);
  }
  if (mask === undefined) return marked;
  if (marked instanceof BigInt64Array || marked instanceof BigUint64Array) {
    const big = BigInt(nodata);
    for (let i = 0; i < mask.length; i++) if (mask[i] === 0) marked[i] = big;
  } else for (let i = 0; i < mask.length; i++) if (mask[i] === 0) marked[i] = nodata;
  return marked;
}
