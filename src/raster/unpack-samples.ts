import { Unsupported } from '../errors.ts';
import { bytesPerPixel, pixelArray } from './pixels.ts';
import { storedRowBytes } from './rare-pixels.ts';
import type { ImageLayout } from './tiff-layout.ts';

/**
 * Samples of 1 to 31 bits (packed most significant bit first, rows on whole bytes) as the next larger integer, floats of 16 and 24
 * bits as float32, whole samples as they are; the predictor is undone. In this machine's order, as many bytes as the tile has.
 */
export function unpackSamples(
  stored: Uint8Array,
  layout: ImageLayout,
  bits: number,
  samples: number,
): Uint8Array {
  const { tileWidth, tileHeight, dataType, predictor, littleEndian, url } = layout;
  const count = tileWidth * samples;
  const output = pixelArray(dataType, count * tileHeight);
  const rowBytes = storedRowBytes(count, bits);
  const rows = Math.min(tileHeight, Math.floor(stored.length / rowBytes));
  const width = bits / 8;
  if (!Number.isInteger(width)) {
    if (predictor !== 1) throw new Unsupported(`${url}: a predictor on samples of ${bits} bits`);
    for (let row = 0; row < rows; row++)
      unpackBits(stored, row * rowBytes, bits, output as Uint32Array, row * count, count);
    return new Uint8Array(output.buffer);
  }
  const short = bits < bytesPerPixel(dataType) * 8;
  if (short && predictor === 2) throw new Unsupported(`${url}: predictor 2 on samples of ${bits} bits`);
  if (!short && predictor !== 1)
    throw new Unsupported(`${url}: a predictor on samples with their bits reversed`);
  const sample = new Uint8Array(width);
  const target = new Uint8Array(output.buffer);
  for (let row = 0; row < rows; row++) {
    const at = row * rowBytes;
    if (predictor === 3) sumBytes(stored, at, rowBytes, samples);
    for (let i = 0; i < count; i++) {
      // Most significant byte first: in planes where the floating point predictor was at work (Adobe's Technical Note 3).
      for (let byte = 0; byte < width; byte++) {
        const from =
          predictor === 3 ? byte * count + i : i * width + (littleEndian ? width - 1 - byte : byte);
        sample[byte] = stored[at + from] as number;
      }
      const place = row * count + i;
      if (!short)
        for (let byte = 0; byte < width; byte++)
          target[place * width + byte] = sample[width - 1 - byte] as number;
      else if (dataType === 'float32') output[place] = width === 2 ? float16(sample) : float24(sample);
      else output[place] = sample.reduce((sum, byte) => sum * 256 + byte, 0);
    }
  }
  return target;
}

/** The bytes with the bits of each in the other order (TIFF's FillOrder 2). */
export function reverseBits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => {
    let reversed = 0;
    for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
    return reversed;
  });
}

function unpackBits(
  stored: Uint8Array,
  from: number,
  bits: number,
  target: Uint32Array,
  to: number,
  count: number,
): void {
  let held = 0;
  let free = 0;
  let at = from;
  for (let i = 0; i < count; i++) {
    let value = 0;
    for (let wanted = bits; wanted > 0; ) {
      if (free === 0) {
        held = stored[at++] as number;
        free = 8;
      }
      const taken = Math.min(wanted, free);
      value = value * 2 ** taken + ((held >> (free - taken)) & ((1 << taken) - 1));
      free -= taken;
      wanted -= taken;
    }
    target[to + i] = value;
  }
}

function sumBytes(bytes: Uint8Array, from: number, length: number, samples: number): void {
  for (let i = from + samples; i < from + length; i++)
    bytes[i] = (bytes[i] as number) + (bytes[i - samples] as number);
}

/** IEEE 754 half precision, most significant byte first. */
function float16(bytes: Uint8Array): number {
  const [high = 0, low = 0] = bytes;
  return float(high >> 7, (high >> 2) & 0x1f, ((high & 3) << 8) | low, 10, 15);
}

/** 1 sign, 7 exponent and 16 fraction bits (Adobe's Technical Note 3). */
function float24(bytes: Uint8Array): number {
  const [high = 0, middle = 0, low = 0] = bytes;
  return float(high >> 7, high & 0x7f, (middle << 8) | low, 16, 63);
}

function float(sign: number, exponent: number, fraction: number, bits: number, bias: number): number {
  const most = bias * 2 + 1;
  const size =
    exponent === most
      ? fraction === 0
        ? Infinity
        : Number.NaN
      : exponent === 0
        ? fraction * 2 ** (1 - bias - bits)
        : (1 + fraction / 2 ** bits) * 2 ** (exponent - bias);
  return sign === 1 ? -size : size;
}
