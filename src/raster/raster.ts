import type { Affine } from '../geometry/affine.ts';
import type { DataType, PixelArray, PixelWindow } from './pixels.ts';

/** One resolution of a raster: level 0 is full resolution, then the overviews from fine to coarse. */
export interface RasterLevel {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/** What a raster's header says. `nodata` is undefined when the file declares none; `crs` when it has none. */
export interface RasterInfo {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly dataType: DataType;
  readonly nodata: number | undefined;
  readonly crs: string | undefined;
  /** Undefined when the file has no affine georeference. */
  readonly transform: Affine | undefined;
  readonly compression: string;
  readonly predictor: 1 | 2 | 3;
  readonly interleave: 'pixel' | 'band';
  readonly levels: readonly RasterLevel[];
  /** Per band, from the GDAL metadata; empty texts where there are none. */
  readonly descriptions: readonly string[];
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
}

export interface WindowRequest {
  /** Zero-based band numbers; all bands when left out. */
  readonly bands?: readonly number[] | undefined;
  /** In pixels of `level`; the whole level when left out. Must lie inside it. */
  readonly window?: PixelWindow | undefined;
  readonly level?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An open raster. Reading is by window, pixels come back one array a band, in row order, as stored (no scale, no offset). */
export interface Raster {
  readonly info: RasterInfo;
  read(request?: WindowRequest): Promise<PixelArray[]>;
}
