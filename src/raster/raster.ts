import type { Affine } from '../geometry/affine.ts';
import type { PickRequest } from './picks.ts';
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
  readonly byteOrder?: 'little' | 'big' | undefined;
  readonly bigTiff?: boolean | undefined;
  /** Per band, in GDAL's words: what tells data from none. `per_dataset` means that `readMask` knows. */
  readonly maskFlags?: readonly (readonly MaskFlag[])[] | undefined;
  readonly colorInterpretation?: readonly ColorInterpretation[] | undefined;
  /** Red, green, blue and alpha (0-255) of each stored number of the first band, one after the other. */
  readonly colorMap?: Uint8Array | undefined;
  /** Ground control points; such a file has no `transform`. */
  readonly gcps?: readonly GroundControlPoint[] | undefined;
  /** CRS of the ground control points. */
  readonly gcpCrs?: string | undefined;
  readonly rpcs?: RationalPolynomials | undefined;
  /** Texts of the file as a whole: GDAL's metadata and the plain TIFF tags under GDAL's names (`TIFFTAG_...`). */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Whether the file's own coordinates meant pixel centres; `transform` is of pixel corners in both cases. */
  readonly areaOrPoint?: 'Area' | 'Point' | undefined;
  /** Pixels are pairs of numbers of `dataType`: the header is reported, `read` refuses. */
  readonly complex?: boolean | undefined;
}

export type MaskFlag = 'all_valid' | 'per_dataset' | 'alpha' | 'nodata';

export type ColorInterpretation =
  | 'undefined'
  | 'gray'
  | 'palette'
  | 'red'
  | 'green'
  | 'blue'
  | 'alpha'
  | 'cyan'
  | 'magenta'
  | 'yellow'
  | 'black';

/** A place in the image (pixels, corner of the first at 0) whose coordinates are known. */
export interface GroundControlPoint {
  readonly column: number;
  readonly row: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Rational polynomial coefficients (RPC00B): image to WGS 84; 20 coefficients a polynomial. */
export interface RationalPolynomials {
  readonly errorBias: number;
  readonly errorRandom: number;
  readonly lineOffset: number;
  readonly sampleOffset: number;
  readonly latitudeOffset: number;
  readonly longitudeOffset: number;
  readonly heightOffset: number;
  readonly lineScale: number;
  readonly sampleScale: number;
  readonly latitudeScale: number;
  readonly longitudeScale: number;
  readonly heightScale: number;
  readonly lineNumerator: readonly number[];
  readonly lineDenominator: readonly number[];
  readonly sampleNumerator: readonly number[];
  readonly sampleDenominator: readonly number[];
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
  /**
   * What the file's mask (internal, or `.msk` beside a local file) or alpha band says: 1 where a pixel is data, 0 where it is none,
   * in row order. Left out, or undefined: nodata alone tells. Whoever computes with pixels reads them through
   * `maskedRaster`, where masked ones are nodata.
   */
  readMask?(request?: Omit<WindowRequest, 'bands'>): Promise<Uint8Array | undefined>;
  /**
   * Copies chosen pixels tile by tile, nothing else of them being kept. Left out where only windows can be read. To be called
   * through `pickPixels`, which checks and does without it where need be.
   */
  pick?(request: PickRequest): Promise<void>;
}
