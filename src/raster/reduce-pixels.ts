import { copySamples } from './copy-samples.ts';
import { type DataType, dataTypeOf, type PixelArray, pixelArray } from './pixels.ts';

export type Reduction = 'nearest' | 'average' | 'mode';

interface Blocks {
  readonly pixels: PixelArray;
  readonly width: number;
  readonly height: number;
  readonly factor: number;
  readonly outWidth: number;
  readonly outHeight: number;
}

/**
 * The picture at 1/factor of its size (rounded up), for overviews. `nearest` takes the first pixel of each block,
 * `average` the mean of its valid pixels (rounded half up for integers), `mode` the commonest valid one.
 * Nodata and NaN are left out; a block of nothing else gives nodata, or NaN. A mean that hits the nodata value by
 * chance gives way to the block's first valid pixel.
 */
export function reducePixels(
  pixels: PixelArray,
  width: number,
  height: number,
  factor: number,
  method: Reduction,
  nodata: number | undefined,
): { pixels: PixelArray; width: number; height: number } {
  const outWidth = Math.ceil(width / factor);
  const outHeight = Math.ceil(height / factor);
  const type = dataTypeOf(pixels);
  const target = pixelArray(type, outWidth * outHeight);
  const blocks = { pixels, width, height, factor, outWidth, outHeight };
  if (method === 'nearest') takeFirst(blocks, target);
  else if (target instanceof BigInt64Array || target instanceof BigUint64Array)
    reduceBig(blocks, target, method, nodata);
  else reduceNumbers(blocks, target, type, method, nodata);
  return { pixels: target, width: outWidth, height: outHeight };
}

function takeFirst({ pixels, width, factor, outWidth, outHeight }: Blocks, target: PixelArray): void {
  const strides = {
    from: 0,
    fromRow: width * factor,
    fromStep: factor,
    to: 0,
    toRow: outWidth,
    toStep: 1,
    columns: outWidth,
    rows: outHeight,
  };
  copySamples(bytesOf(pixels), bytesOf(target), pixels.BYTES_PER_ELEMENT, strides);
}

function bytesOf({ buffer, byteOffset, byteLength }: PixelArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function reduceNumbers(
  blocks: Blocks,
  target: PixelArray,
  type: DataType,
  method: Reduction,
  nodata: number | undefined,
): void {
  const { width, height, factor, outWidth, outHeight } = blocks;
  const pixels = blocks.pixels as Float64Array;
  const output = target as Float64Array;
  const whole = !type.startsWith('float');
  const missing = nodata ?? Number.NaN;
  const nothing = whole && nodata === undefined ? 0 : missing;
  const block = new Float64Array(factor * factor);
  for (let row = 0; row < outHeight; row++) {
    const bottom = Math.min(height, (row + 1) * factor);
    for (let column = 0; column < outWidth; column++) {
      const right = Math.min(width, (column + 1) * factor);
      let count = 0;
      let sum = 0;
      for (let y = row * factor; y < bottom; y++) {
        for (let x = column * factor; x < right; x++) {
          const value = pixels[y * width + x] as number;
          if (value === missing || Number.isNaN(value)) continue;
          block[count++] = value;
          sum += value;
        }
      }
      let result = nothing;
      if (count > 0) {
        if (method === 'mode') result = commonest(block, count);
        else result = whole ? Math.floor(sum / count + 0.5) : sum / count;
        if (type === 'float32') result = Math.fround(result);
        if (result === missing) result = block[0] as number;
      }
      output[row * outWidth + column] = result;
    }
  }
}

function commonest(block: Float64Array, count: number): number {
  let best = block[0] as number;
  let most = 0;
  if (count > 16) block.subarray(0, count).sort();
  for (let i = 0; i < count && count - i > most; i++) {
    const value = block[i] as number;
    let times = 1;
    for (let j = i + 1; j < count; j++) {
      if (block[j] === value) times++;
      else if (count > 16) break;
    }
    if (times > most) {
      most = times;
      best = value;
    }
    if (count > 16) i += times - 1;
  }
  return best;
}

function reduceBig(
  blocks: Blocks,
  target: BigInt64Array | BigUint64Array,
  method: Reduction,
  nodata: number | undefined,
): void {
  const { width, height, factor, outWidth, outHeight } = blocks;
  const pixels = blocks.pixels as BigInt64Array;
  const missing = nodata === undefined ? undefined : BigInt(nodata);
  for (let row = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++) {
      const counts = new Map<bigint, number>();
      let sum = 0n;
      let count = 0n;
      for (let y = row * factor; y < Math.min(height, (row + 1) * factor); y++) {
        for (let x = column * factor; x < Math.min(width, (column + 1) * factor); x++) {
          const value = pixels[y * width + x] as bigint;
          if (value === missing) continue;
          sum += value;
          count += 1n;
          counts.set(value, (counts.get(value) ?? 0) + 1);
        }
      }
      const [first] = counts.keys();
      let result = missing ?? 0n;
      if (first !== undefined) {
        if (method === 'average') result = floorDivide(2n * sum + count, 2n * count);
        else result = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
        if (result === missing) result = first;
      }
      target[row * outWidth + column] = result;
    }
  }
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}
