import { InvalidArgument } from '../errors.ts';

/** Pixel types that Furrow computes with; complex and sub-byte types are refused by name when a file has them. */
export type DataType =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'float32'
  | 'float64'
  | 'uint64'
  | 'int64';

export type PixelArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** A rectangle of pixels: `x` and `y` of its first pixel, sizes in pixels of the level that is read. */
export interface PixelWindow {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const arrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
} as const satisfies Record<DataType, unknown>;

/** All of them, by name. */
export const dataTypes = Object.keys(arrays) as readonly DataType[];

/** A zeroed array of `length` pixels. Check the length against `limits.ts` first. */
export function pixelArray(type: DataType, length: number): PixelArray {
  return new arrays[type](length);
}

/** The same in memory that other threads can share. */
export function sharedPixelArray(type: DataType, length: number): PixelArray {
  const array: new (buffer: SharedArrayBuffer) => PixelArray = arrays[type];
  return new array(new SharedArrayBuffer(length * bytesPerPixel(type)));
}

export function bytesPerPixel(type: DataType): number {
  return arrays[type].BYTES_PER_ELEMENT;
}

export function dataTypeOf(pixels: PixelArray): DataType {
  for (const [type, array] of Object.entries(arrays)) if (pixels instanceof array) return type as DataType;
  throw new InvalidArgument('not a pixel array');
}
