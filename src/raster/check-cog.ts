import { InvalidArgument } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { CogImage, CogOptions } from './cog-options.ts';
import type { Compression } from './encode-tile.ts';
import { fitsType } from './nodata.ts';
import { bytesPerPixel, dataTypeOf } from './pixels.ts';
import type { Reduction } from './reduce-pixels.ts';
import { geoTags } from './write-geo-tags.ts';

/** The options with every default taken and every value checked. */
export interface CheckedCog {
  readonly compression: Compression;
  readonly predictor: 1 | 2 | 3;
  readonly level: number;
  readonly tileSize: number;
  readonly factors: readonly number[];
  readonly resampling: Reduction;
  readonly bigTiff: 'auto' | boolean;
  readonly interleave: 'pixel' | 'band';
  readonly nodata: number | undefined;
  readonly scales: number[];
  readonly offsets: number[];
  readonly descriptions: string[];
}

const where = 'encodeCog';
/** Beyond this, overviews are expected of a COG (rio-cogeo warns). */
const OVERVIEW_SIDE = 512;
const levels = { deflate: [1, 9, 6], zstd: [1, 22, 9], lzw: [0, 0, 0], none: [0, 0, 0] } as const;

/** Throws `InvalidArgument` that names the first value that does not fit, `LimitExceeded` for too large an image. */
export function checkCogImage(image: CogImage, options: CogOptions): CheckedCog {
  const { width, height, dataType, bands } = image;
  need(
    Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0,
    `an image of ${width} x ${height} pixels`,
  );
  need(bands.length > 0, 'an image without a band');
  checkLimit('rasterSide', Math.max(width, height), where);
  checkLimit('rasterBands', bands.length, where);
  for (const [band, pixels] of bands.entries()) {
    need(dataTypeOf(pixels) === dataType, `band ${band} is ${dataTypeOf(pixels)}, the image ${dataType}`);
    need(
      pixels.length === width * height,
      `band ${band} has ${pixels.length} pixels, not ${width} x ${height}`,
    );
  }
  const {
    compression = 'deflate',
    resampling = 'nearest',
    interleave = 'pixel',
    bigTiff = 'auto',
    tileSize = 512,
    nodata,
  } = options;
  const range = levels[compression];
  need(range !== undefined, `compression '${compression}': deflate, zstd, lzw or none`);
  need(
    ['nearest', 'average', 'mode'].includes(resampling),
    `resampling '${resampling}': nearest, average or mode`,
  );
  need(['pixel', 'band'].includes(interleave), `interleave '${interleave}': pixel or band`);
  need(bigTiff === 'auto' || typeof bigTiff === 'boolean', `bigTiff '${bigTiff}': auto, true or false`);
  need(
    Number.isInteger(tileSize) && tileSize >= 16 && tileSize % 16 === 0,
    `a tile size of ${tileSize}: a multiple of 16`,
  );
  checkLimit(
    'tileBytes',
    tileSize ** 2 * bytesPerPixel(dataType) * (interleave === 'pixel' ? bands.length : 1),
    where,
  );
  const [lowest, highest, usual] = range;
  const level = options.level ?? usual;
  need(
    highest === 0 || (Number.isInteger(level) && level >= lowest && level <= highest),
    `level ${level} of ${compression}: ${lowest} to ${highest}`,
  );
  need(nodata === undefined || fitsType(nodata, dataType), `nodata ${nodata} is no ${dataType}`);
  geoTags(options.crs, options.transform);
  return {
    compression,
    predictor: predictorFor(image, options, compression, resampling),
    level,
    tileSize,
    factors: factorsFor(image, options.overviews ?? 'auto', Math.min(tileSize, OVERVIEW_SIDE)),
    resampling,
    bigTiff,
    interleave,
    nodata,
    scales: perBand(options.scale, 1, bands.length, 'scale'),
    offsets: perBand(options.offset, 0, bands.length, 'offset'),
    descriptions: descriptionsFor(options.descriptions, bands.length),
  };
}

function predictorFor(
  { dataType }: CogImage,
  { predictor = 'auto' }: CogOptions,
  compression: Compression,
  resampling: Reduction,
): 1 | 2 | 3 {
  const float = dataType.startsWith('float');
  if (predictor === 'auto') return compression === 'none' || resampling === 'mode' ? 1 : float ? 3 : 2;
  need([1, 2, 3].includes(predictor), `predictor ${predictor}: 1, 2, 3 or auto`);
  need(predictor === 1 || compression !== 'none', `predictor ${predictor} without compression`);
  need(
    predictor === 1 || (predictor === 3) === float,
    `predictor ${predictor} on ${dataType}: 2 is for integers, 3 for floats`,
  );
  return predictor;
}

function factorsFor(
  { width, height }: CogImage,
  overviews: 'auto' | 'none' | readonly number[],
  side: number,
): number[] {
  if (overviews === 'none') return [];
  if (overviews === 'auto') {
    const factors: number[] = [];
    for (let factor = 2; Math.max(width, height) / (factor / 2) > side; factor *= 2) factors.push(factor);
    return factors;
  }
  need(Array.isArray(overviews), `overviews '${String(overviews)}': auto, none or a list of factors`);
  for (const [i, factor] of overviews.entries()) {
    const before = overviews[i - 1] ?? 1;
    need(
      Number.isInteger(factor) && factor > before,
      `overview factors ${overviews.join(', ')}: whole numbers above 1, rising`,
    );
    need(
      factor < 2 * Math.max(width, height),
      `the overview factor ${factor} of an image of ${width} x ${height}`,
    );
  }
  return [...overviews];
}

function perBand(
  value: number | readonly number[] | undefined,
  usual: number,
  bands: number,
  name: string,
): number[] {
  const list = typeof value === 'object' ? [...value] : new Array<number>(bands).fill(value ?? usual);
  need(
    list.length === bands && list.every(Number.isFinite),
    `${name} [${list.join(', ')}] for ${bands} bands`,
  );
  return list;
}

function descriptionsFor(texts: readonly string[] | undefined, bands: number): string[] {
  const list = texts === undefined ? new Array<string>(bands).fill('') : [...texts];
  need(list.length === bands, `${list.length} descriptions for ${bands} bands`);
  need(
    list.every((text) => typeof text === 'string' && !text.includes('\0')),
    'descriptions must be texts without NUL',
  );
  return list;
}

function need(holds: boolean, problem: string): void {
  if (!holds) throw new InvalidArgument(`${where}: ${problem}`);
}
