import type { Affine } from '../geometry/affine.ts';
import type { Compression } from './encode-tile.ts';
import type { DataType, PixelArray } from './pixels.ts';
import type { Reduction } from './reduce-pixels.ts';

/** An image to write. */
export interface CogImage {
  readonly width: number;
  readonly height: number;
  readonly dataType: DataType;
  /** One array a band, in row order. */
  readonly bands: readonly PixelArray[];
}

export interface CogOptions {
  /** `EPSG:n`; undefined writes no CRS. */
  readonly crs?: string | undefined;
  /** Of pixel corners; undefined writes no georeference. */
  readonly transform?: Affine | undefined;
  readonly nodata?: number | undefined;
  /** `deflate` when left out. */
  readonly compression?: Compression | undefined;
  /** 2 for integers, 3 for floats; `auto` (the default) takes these, and 1 where classes are kept (`mode`) or nothing is compressed. */
  readonly predictor?: 1 | 2 | 3 | 'auto' | undefined;
  /** The codec's own level: deflate 1-9 (6), zstd 1-22 (9). */
  readonly level?: number | undefined;
  /** Pixels, a multiple of 16 (512). Smaller images get smaller tiles. */
  readonly tileSize?: number | undefined;
  /** Factors, from fine to coarse; `auto` (the default) halves until one tile, of at most 512 pixels, holds the picture. */
  readonly overviews?: 'auto' | 'none' | readonly number[] | undefined;
  /** Of the overviews; `nearest` when left out: right for classes and measures alike. */
  readonly resampling?: Reduction | undefined;
  /** `auto` (the default): where the file would pass 4 GB. */
  readonly bigTiff?: 'auto' | boolean | undefined;
  /** value = stored * scale + offset, for all bands or one a band. */
  readonly scale?: number | readonly number[] | undefined;
  readonly offset?: number | readonly number[] | undefined;
  readonly descriptions?: readonly string[] | undefined;
  /** Samples of a pixel together (`pixel`, the default), or a plane a band. */
  readonly interleave?: 'pixel' | 'band' | undefined;
  /** The first three bands are red, green and blue of a picture, and are said to be. */
  readonly rgb?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}
