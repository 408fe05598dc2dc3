import { inflateSync } from 'node:zlib';
import { InvalidFile, Unsupported } from '../errors.ts';
import { checkLimit } from '../limits.ts';

/** 8-bit pixels, row by row. */
export interface RgbaImage {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Samples of a pixel by colour type: gray, RGB, palette, gray and alpha, RGBA. */
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * Decodes a PNG that is not interlaced to RGBA (W3C PNG, third edition): all colour types, of 16 bits the upper eight. Throws
 * `InvalidFile` for damaged data, `Unsupported` for an interlaced one, `LimitExceeded`.
 */
export function decodePng(bytes: Uint8Array, where: string): RgbaImage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!file.subarray(0, 8).equals(signature)) throw new InvalidFile(`${where} is no PNG`);
  let palette: Buffer | undefined;
  let alphas: Buffer | undefined;
  let header: Buffer | undefined;
  const data: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const content = file.subarray(at + 8, at + 8 + length);
    if (content.length !== length) throw new InvalidFile(`${where}: the PNG ends within a chunk`);
    if (type === 'IHDR' && length === 13) header = content;
    else if (type === 'PLTE') palette = content;
    else if (type === 'tRNS') alphas = content;
    else if (type === 'IDAT') data.push(content);
    else if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header === undefined) throw new InvalidFile(`${where}: a PNG without a header`);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth = 0, color = 0, , , interlace] = header.subarray(8);
  const channels = channelsOf[color];
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth) || width === 0 || height === 0)
    throw new InvalidFile(`${where}: a PNG of colour type ${color} and ${depth} bits`);
  if (interlace !== 0) throw new Unsupported(`${where}: an interlaced PNG`);
  checkLimit('windowBytes', width * height * 4, where);
  const row = Math.ceil((width * channels * depth) / 8);
  const raw = inflated(data, (row + 1) * height, where);
  unfilter(raw, row, height, Math.max(1, (channels * depth) >> 3), where);
  return {
    width,
    height,
    rgba: toRgba({ raw, row, width, height, depth, color, channels, palette, alphas }),
  };
}

function inflated(data: readonly Buffer[], length: number, where: string): Buffer {
  try {
    const raw = inflateSync(Buffer.concat(data), { maxOutputLength: length });
    if (raw.length === length) return raw;
    throw new InvalidFile(`${where}: a PNG with ${raw.length} bytes of pixels in place of ${length}`);
  } catch (cause) {
    if (cause instanceof InvalidFile) throw cause;
    throw new InvalidFile(`${where}: the pixels of the PNG are damaged`, { cause });
  }
}

function unfilter(raw: Buffer, row: number, height: number, step: number, where: string): void {
  for (let y = 0; y < height; y++) {
    const from = y * (row + 1) + 1;
    const above = from - row - 1;
    const filter = raw[from - 1] ?? 0;
    if (filter > 4) throw new InvalidFile(`${where}: a PNG row with filter ${filter}`);
    for (let i = 0; i < row; i++) {
      const left = i >= step ? (raw[from + i - step] as number) : 0;
      const up = y > 0 ? (raw[above + i] as number) : 0;
      const corner = i >= step && y > 0 ? (raw[above + i - step] as number) : 0;
      const guess = [0, left, up, (left + up) >> 1][filter] ?? paeth(left, up, corner);
      raw[from + i] = (raw[from + i] as number) + guess;
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

interface Samples {
  readonly raw: Buffer;
  readonly row: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly color: number;
  readonly channels: number;
  readonly palette: Buffer | undefined;
  readonly alphas: Buffer | undefined;
}

function toRgba({ raw, row, width, height, depth, color, channels, palette, alphas }: Samples): Uint8Array {
  const rgba = new Uint8Array(width * height * 4);
  const full = 2 ** Math.min(8, depth) - 1;
  const sample = (y: number, at: number): number => {
    const from = y * (row + 1) + 1;
    if (depth >= 8) return raw[from + (at * depth) / 8] ?? 0;
    const bit = at * depth;
    return ((raw[from + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & full;
  };
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 4) {
      const at = x * channels;
      const first = sample(y, at);
      if (color === 3) {
        for (let i = 0; i < 3; i++) rgba[to + i] = palette?.[first * 3 + i] ?? 0;
        rgba[to + 3] = alphas?.[first] ?? 255;
      } else if (channels <= 2) {
        rgba.fill((first * 255) / full, to, to + 3);
        rgba[to + 3] = channels === 2 ? sample(y, at + 1) : 255;
      } else {
        for (let i = 0; i < channels; i++) rgba[to + i] = sample(y, at + i);
        if (channels === 3) rgba[to + 3] = 255;
      }
    }
  return rgba;
}
