/** One strip of rows of one band's target. Arrays of other numbers pass as Float64Array: only reading and writing of elements is used. */
export interface Strip {
  readonly pixels: Float64Array;
  readonly width: number;
  readonly height: number;
  /** The number that stands for no data; NaN where there is none. */
  readonly missing: number;
  /** Integers: results are rounded half up. */
  readonly round: boolean;
  /** What an integer type can hold; results beyond it are cut to it. */
  readonly range: readonly [lowest: number, highest: number];
  /** Source coordinates, in source pixels: of the centres of target pixels, or of their corners (`sampler.corners`). */
  readonly columns: Float64Array;
  readonly rows: Float64Array;
  /** Target pixels along one source pixel, at most 1: below it a kernel is widened. */
  readonly scaleX: number;
  readonly scaleY: number;
  readonly output: Float64Array;
  readonly valid: Uint8Array;
  /** First element of the strip in `output`. */
  readonly from: number;
  readonly across: number;
  readonly down: number;
}

/** Fills a strip; pixels without data stay as they are. */
export interface Sampler {
  /** Whether it asks for the corners of the target pixels (one column and one row more) instead of their centres. */
  readonly corners: boolean;
  fill(strip: Strip): void;
}

/** Writes one result as the type of the target can hold it. */
export function put({ output, valid, round, range }: Strip, at: number, value: number): void {
  output[at] = round ? Math.min(range[1], Math.max(range[0], Math.floor(value + 0.5))) : value;
  valid[at] = 1;
}

/** Source pixels; what rounding takes from a centre that lies on a border, GDAL gives back (gdalwarpkernel.cpp). */
export const BORDER = 1e-10;

/** The element of the source under the centre of target pixel `i` of a strip; -1 outside. One on a border lies right of or below it. */
export function under({ columns, rows, width, height }: Strip, i: number): number {
  const column = Math.floor((columns[i] as number) + BORDER);
  const row = Math.floor((rows[i] as number) + BORDER);
  return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : -1;
}
