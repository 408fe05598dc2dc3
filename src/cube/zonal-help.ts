import type { PixelWindow } from '../raster/pixels.ts';

/** A window of the cube with the geometries that have pixels in it. */
export interface ZonalChunk {
  /** In pixels of the grid of the zones. */
  readonly window: PixelWindow;
  /** Geometries all of whose pixels lie in the window. */
  readonly whole: Int32Array;
  /** Geometries that lie in other windows as well. */
  readonly split: Int32Array;
}

/** What a chunk gives: numbers of the geometries that lie in it whole, and the pixels of those that do not. */
export interface ZonalPart {
  /** Geometry after geometry of `whole`, in it plane after plane, in it the outputs. */
  readonly results: Float64Array<ArrayBuffer>;
  /** Geometry after geometry of `split`, in it plane after plane, in it the pixels in this chunk. */
  readonly pixels: Float64Array<ArrayBuffer>;
}

/** How chunks are computed; in this thread when `remote` is left out. */
export interface ZonalHelp {
  readonly chunkBytes?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly remote?:
    | {
        readonly threads: number;
        /** `plan` is the one that the planes belong to. */
        measure(
          plan: object,
          planes: readonly number[],
          chunk: ZonalChunk,
          signal: AbortSignal,
        ): Promise<ZonalPart>;
      }
    | undefined;
}
