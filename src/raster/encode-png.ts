import { crc32, deflateSync } from 'node:zlib';
import { InvalidArgument } from '../errors.ts';
import { checkLimit } from '../limits.ts';

export interface PngImage {
  readonly width: number;
  readonly height: number;
  /** `width * height * channels` bytes, in row order: gray, gray and alpha, RGB, or RGBA (not premultiplied). */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** 4 when left out. */
  readonly channels?: 1 | 2 | 3 | 4 | undefined;
}

export interface PngOptions {
  /** 1 (the default: tiles are looked at once) to 9. */
  readonly level?: number | undefined;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const colorTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
/** Row filter "Sub": neighbouring pixels of satellite images differ little. */
const FILTER_SUB = 1;

/** Encodes 8-bit pixels as PNG (W3C PNG, third edition). Throws `InvalidArgument` when sizes and data do not fit. */
export function encodePng(
  { width, height, data, channels = 4 }: PngImage,
  { level = 1 }: PngOptions = {},
): Uint8Array {
  if (!(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0))
    throw new InvalidArgument(`encodePng: ${width} x ${height} pixels`);
  checkLimit('windowBytes', width * height * channels, 'encodePng');
  if (colorTypes[channels] === undefined || data.length !== width * height * channels)
    throw new InvalidArgument(
      `encodePng: ${data.length} bytes for ${width} x ${height} pixels of ${channels} channels`,
    );
  const row = width * channels;
  const filtered = Buffer.allocUnsafe((row + 1) * height);
  for (let y = 0; y < height; y++) {
    const from = y * row;
    const to = y * (row + 1) + 1;
    filtered[to - 1] = FILTER_SUB;
    for (let i = 0; i < channels; i++) filtered[to + i] = data[from + i] as number;
    for (let i = channels; i < row; i++)
      filtered[to + i] = (data[from + i] as number) - (data[from + i - channels] as number);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = colorTypes[channels];
  const parts = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered, { level })),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from(SIGNATURE), ...parts]);
}

function chunk(type: string, content: Buffer): Buffer {
  const bytes = Buffer.alloc(content.length + 12);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  content.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, content.length + 8)), content.length + 8);
  return bytes;
}
