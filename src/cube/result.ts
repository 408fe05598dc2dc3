import type { JsonValue } from './geometries.ts';
import type { RasterCube } from './raster-cube.ts';
import type { VectorCube } from './vector-cube.ts';

interface Saved {
  /** The output format that `save_result` asked for. */
  readonly format?: string | undefined;
  readonly options?: Readonly<Record<string, JsonValue>> | undefined;
}

/** What a process graph gives: a cube of pixels or of geometries, with the format asked for, or a plain value. */
export type GraphResult =
  | ({ readonly kind: 'cube'; readonly cube: RasterCube } & Saved)
  | ({ readonly kind: 'vector'; readonly cube: VectorCube } & Saved)
  | { readonly kind: 'value'; readonly value: JsonValue };
