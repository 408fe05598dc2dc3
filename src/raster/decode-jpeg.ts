import { InvalidFile } from '../errors.ts';
import { type Coefficients, coefficientsOf, decodeScan, mostFactors } from './jpeg-scan.ts';
import { type JpegFrame, noTables, readMarkers } from './jpeg-stream.ts';
import { enlargingTransform, inverseTransform } from './jpeg-transform.ts';
import type { JpegTile } from './tiff-codec-tasks.ts';

/**
 * The samples of a JPEG tile (TIFF Technical Note 2: the tables may stand once in a tag of the file), of any number of
 * components, 8 bits, baseline or sequential. Throws `InvalidFile` for damaged data or another size, `Unsupported` for other
 * kinds of JPEG. Belongs in a codec worker.
 */
export function decodeJpeg(tile: JpegTile): Uint8Array<ArrayBuffer> {
  const { bytes, width, height, needed, samples, where } = tile;
  const tables = noTables();
  if (tile.tables !== undefined) readMarkers(tile.tables, tables, where);
  const stream = readMarkers(bytes, tables, where);
  if (stream === undefined) throw new InvalidFile(`${where}: a JPEG stream without a picture`);
  const { frame } = stream;
  const fits = frame.width === width && frame.height <= height && frame.height >= needed;
  if (!fits || frame.components.length !== samples)
    throw new InvalidFile(
      `${where}: a JPEG frame of ${frame.width} x ${frame.height} pixels and ${frame.components.length} components in a tile of ${width} x ${height} and ${samples}`,
    );
  const coefficients = coefficientsOf(frame);
  const seen = new Set<number>();
  for (let { scan } = stream; ; ) {
    for (const { index } of scan.components) seen.add(index);
    const rest = decodeScan(frame, scan, tables, coefficients, where);
    if (seen.size === samples) break;
    // Components in scans of their own: behind each come tables and the header of the next.
    const next = nextScan(rest, frame);
    const following = readMarkers(next, tables, where);
    if (following === undefined) throw new InvalidFile(`${where}: a JPEG stream without all its scans`);
    scan = following.scan;
    if (scan.components.some(({ index }) => seen.has(index)))
      throw new InvalidFile(`${where}: a JPEG stream with two scans of one component`);
  }
  const output = new Uint8Array(frame.width * frame.height * samples);
  for (const [i, values] of coefficients.entries()) placeComponent(values, frame, i, output);
  if (tile.ycbcr && samples === 3) ycbcrToRgb(output);
  return output;
}

/** The rest of a stream as a stream of its own: the same frame, then what follows the first scan. */
function nextScan(rest: Uint8Array, { width, height, components }: JpegFrame): Uint8Array {
  const header = [0xff, 0xd8, 0xff, 0xc0, 0, 8 + components.length * 3, 8, height >> 8, height & 255];
  header.push(width >> 8, width & 255, components.length);
  for (const { id, across, down, quantization } of components)
    header.push(id, (across << 4) | down, quantization);
  return Buffer.concat([Uint8Array.from(header), rest]);
}

function placeComponent(
  { blocksAcross, blocksDown, values }: Coefficients,
  frame: JpegFrame,
  index: number,
  output: Uint8Array,
): void {
  const most = mostFactors(frame);
  const component = frame.components[index];
  if (component === undefined) return;
  const wide = most.across % (component.across * 2) === 0 ? 2 : 1;
  const high = most.down % (component.down * 2) === 0 ? 2 : 1;
  const stride = blocksAcross * 8 * wide;
  const plane = new Uint8ClampedArray(stride * blocksDown * 8 * high);
  for (let row = 0, from = 0; row < blocksDown; row++)
    for (let column = 0; column < blocksAcross; column++, from += 64) {
      const at = row * 8 * high * stride + column * 8 * wide;
      if (wide === 1 && high === 1) inverseTransform(values, from, plane, at, stride);
      else enlargingTransform(values, from, plane, at, stride, 8 * wide, 8 * high);
    }
  // What the transform has not enlarged is repeated.
  const across = (component.across * wide) / most.across;
  const down = (component.down * high) / most.down;
  const step = frame.components.length;
  for (let y = 0, to = index; y < frame.height; y++) {
    const start = Math.floor(y * down) * stride;
    if (across === 1)
      for (let x = 0; x < frame.width; x++, to += step) output[to] = plane[start + x] as number;
    else
      for (let x = 0; x < frame.width; x++, to += step)
        output[to] = plane[start + Math.floor(x * across)] as number;
  }
}

const SCALE = 65_536;
const fixed = (value: number): number => Math.floor(value * SCALE + 0.5);

/** Luminance and chrominance to red, green and blue, in place, by the integer arithmetic of libjpeg (jdcolor.c). */
function ycbcrToRgb(pixels: Uint8Array): void {
  const red = new Int32Array(256);
  const blue = new Int32Array(256);
  const greenOfRed = new Int32Array(256);
  const greenOfBlue = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    const x = i - 128;
    red[i] = (fixed(1.402) * x + SCALE / 2) >> 16;
    blue[i] = (fixed(1.772) * x + SCALE / 2) >> 16;
    greenOfRed[i] = -fixed(0.714136286) * x;
    greenOfBlue[i] = -fixed(0.344136286) * x + SCALE / 2;
  }
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const y = pixels[i] as number;
    const cb = pixels[i + 1] as number;
    const cr = pixels[i + 2] as number;
    clamped[i] = y + (red[cr] as number);
    clamped[i + 1] = y + (((greenOfBlue[cb] as number) + (greenOfRed[cr] as number)) >> 16);
    clamped[i + 2] = y + (blue[cb] as number);
  }
}
