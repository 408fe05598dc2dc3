import { createRequire } from 'node:module';
import { InvalidFile, Unsupported } from '../errors.ts';
import { type Sampling, smoothComponents, ycbcrToRgb } from './jpeg-components.ts';
import type { JpegTile } from './tiff-codec-tasks.ts';

/** The part of libjpeg-turbo's binding that is used. */
interface JpegDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  delete(): void;
}

interface JpegModule {
  readonly JPEGDecoder: new () => JpegDecoder;
}

let loading: Promise<JpegModule> | undefined;

function libjpeg(): Promise<JpegModule> {
  const load = createRequire(import.meta.url)(
    '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs',
  ) as () => Promise<JpegModule>;
  return (loading ??= load());
}

const marker = { soi: 0xd8, eoi: 0xd9, sos: 0xda, app0: 0xe0, app15: 0xef, comment: 0xfe } as const;

/**
 * The samples of a JPEG tile of 1 or 3 samples of 8 bits, by libjpeg-turbo (TIFF Technical Note 2: the tables stand once
 * in a tag of the file). Throws `InvalidFile` for damaged data or another size, `Unsupported` for other numbers of samples
 * and for 12 bits. Belongs in a codec worker.
 */
export async function decodeJpeg(tile: JpegTile): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, needed, samples, where } = tile;
  const frame = { found: undefined as Frame | undefined };
  const stream = wholeStream(tile, frame);
  const { found } = frame;
  if (found === undefined) throw new InvalidFile(`${where}: a JPEG stream without a frame`);
  if (found.bits !== 8) throw new Unsupported(`${where}: JPEG of ${found.bits} bits`);
  if (found.components !== samples || found.width < width || found.height > height || found.height < needed)
    throw new InvalidFile(
      `${where}: a JPEG frame of ${found.width} x ${found.height} pixels and ${found.components} components in a tile of ${width} x ${height} and ${samples}`,
    );
  if (samples !== 1 && samples !== 3) throw new Unsupported(`${where}: JPEG of ${samples} samples`);
  const { JPEGDecoder } = await libjpeg();
  const decoder = new JPEGDecoder();
  try {
    decoder.getEncodedBuffer(stream.length).set(stream);
    decoder.decode();
    const decoded = decoder.getDecodedBuffer();
    if (decoded.length !== found.width * found.height * samples)
      throw new InvalidFile(`${where}: JPEG data gives ${decoded.length} bytes`);
    const output = new Uint8Array(decoded);
    // The decoder repeats pixels of smaller components, GDAL's smooths them.
    smoothComponents(output, found.width, found.height, found.samplings);
    if (tile.ycbcr && samples === 3) ycbcrToRgb(output);
    return output;
  } finally {
    decoder.delete();
  }
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bits: number;
  readonly samplings: readonly Sampling[];
}

/** Adobe's marker: components are as they are (transform 0), so that the decoder leaves them so. */
const asTheyAre = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0];

/** One stream of tables and tile, without the markers it had of what its components are. */
function wholeStream({ bytes, tables, where }: JpegTile, frame: { found: Frame | undefined }): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0xff, marker.soi, ...asTheyAre)];
  for (const [at, part] of [...(tables ? [tables] : []), bytes].entries()) {
    const isTile = tables === undefined || at === 1;
    parts.push(...segments(part, isTile, frame, where));
  }
  return Buffer.concat(parts);
}

function* segments(
  bytes: Uint8Array,
  isTile: boolean,
  frame: { found: Frame | undefined },
  where: string,
): Generator<Uint8Array> {
  const damaged = (): never => {
    throw new InvalidFile(`${where}: damaged JPEG ${isTile ? 'data' : 'tables'}`);
  };
  if (bytes[0] !== 0xff || bytes[1] !== marker.soi) damaged();
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) damaged();
    const code = bytes[at + 1] as number;
    if (code === 0xff) {
      at++;
      continue;
    }
    if (code === marker.eoi) break;
    const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) damaged();
    if (code === marker.sos) {
      if (isTile) yield bytes.subarray(at);
      return;
    }
    // Frame headers are C0 to CF without the tables C4, CC and the reserved C8.
    if (code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc) {
      const components = bytes[at + 9] as number;
      if (length !== 8 + 3 * components || components === 0 || frame.found !== undefined) damaged();
      const factors = Array.from({ length: components }, (_, i) => bytes[at + 11 + i * 3] as number);
      const samplings = factors.map((both) => ({ across: both >> 4, down: both & 15 }));
      if (samplings.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4)) damaged();
      frame.found = {
        bits: bytes[at + 4] as number,
        height: ((bytes[at + 5] as number) << 8) | (bytes[at + 6] as number),
        width: ((bytes[at + 7] as number) << 8) | (bytes[at + 8] as number),
        components,
        samplings,
      };
    }
    const says = code === marker.comment || (code >= marker.app0 && code <= marker.app15);
    if (!says) yield bytes.subarray(at, end);
    at = end;
  }
  if (isTile) damaged();
}
