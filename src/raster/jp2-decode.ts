import { createRequire } from 'node:module';
import { InvalidFile, LimitExceeded } from '../errors.ts';
import { componentWrapper } from './jp2-tile-stream.ts';

/** One tile to decode: a codestream of that tile alone (`tileStream`). */
export interface TileDecoding {
  readonly stream: Uint8Array;
  /** Names file and tile in errors. */
  readonly where: string;
  /** Resolutions left out; 0 decodes all. */
  readonly reduce: number;
  readonly width: number;
  readonly height: number;
  /** Far corner of the tile in `stream`, reduced: the codec counts samples from the origin. */
  readonly right: number;
  readonly bottom: number;
  readonly bits: readonly number[];
  readonly signed: boolean;
  readonly wanted: readonly number[];
}

interface OpenJpegDecoder {
  getEncodedBuffer(length: number): Uint8Array;
  decodeSubResolution(reduce: number, layers: number): void;
  getDecodedBuffer(): Uint8Array<ArrayBuffer>;
  getFrameInfo(): { readonly width: number; readonly height: number; readonly componentCount: number };
  delete(): void;
}

interface OpenJpeg {
  readonly J2KDecoder: new () => OpenJpegDecoder;
}

/** The codec's memory grows no further: it was built so. */
const MOST_MEMORY = 2 ** 31;
const complaints: string[] = [];
let loading: Promise<OpenJpeg> | undefined;
/** Bytes that the codec's memory has held at once: it never shrinks. */
let grownTo = 0;

function openJpeg(): Promise<OpenJpeg> {
  const print = (line: string): void => {
    if (/^\[(ERROR|WARNING)\]/.test(line) && complaints.length < 10)
      complaints.push(line.replace(/^\[\w+\]\s*/, ''));
  };
  const load = createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/decodewasmjs') as (settings: {
    print: (line: string) => void;
    printErr: (line: string) => void;
  }) => Promise<OpenJpeg>;
  return (loading ??= load({ print, printErr: print }));
}

/**
 * Decodes the wanted components of one tile, one array of native-endian samples each, row by row: 8 bits a sample where
 * every component has at most 8, else 16. Runs in a codec worker. Throws `InvalidFile` with what OpenJPEG says about a tile that is damaged,
 * `LimitExceeded` for one that the codec's memory does not hold.
 */
export async function decodeTile(tile: TileDecoding): Promise<Uint8Array<ArrayBuffer>[]> {
  const codec = await openJpeg();
  const { bits, signed, wanted, width, height } = tile;
  const pixels = width * height;
  if (pixels === 0) return wanted.map(() => new Uint8Array(0));
  const narrow = Math.max(...bits) <= 8;
  if (bits.length === 1 && !(narrow && signed)) return [decodeOne(codec, tile, tile.stream, narrow)];
  // The binding writes three components of 8 bits without sign, and only the first of all others.
  if (bits.length === 3 && narrow && !signed && wanted.length > 1) {
    const mixed = run(codec, tile, tile.stream, 3, pixels * 3);
    return wanted.map((component) => {
      const plane = new Uint8Array(pixels);
      for (let i = 0, from = component; i < pixels; i++, from += 3) plane[i] = mixed[from] as number;
      return plane;
    });
  }
  return wanted.map((component) => {
    const wrapped = componentWrapper(tile, component, signed ? 16 : narrow ? 8 : 16);
    if (!(narrow && signed)) return decodeOne(codec, tile, wrapped, narrow);
    const wide = decodeOne(codec, tile, wrapped, false);
    return new Uint8Array(Int8Array.from(new Int16Array(wide.buffer)).buffer);
  });
}

function decodeOne(
  codec: OpenJpeg,
  tile: TileDecoding,
  stream: Uint8Array,
  narrow: boolean,
): Uint8Array<ArrayBuffer> {
  const length = tile.width * tile.height * (narrow ? 1 : 2);
  return run(codec, tile, stream, 1, length);
}

/** The first `length` bytes of what the codec writes for `components`. */
function run(
  codec: OpenJpeg,
  tile: TileDecoding,
  stream: Uint8Array,
  components: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  complaints.length = 0;
  let decoder: OpenJpegDecoder | undefined;
  try {
    growMemory(codec, tile, stream.length);
    decoder = new codec.J2KDecoder();
    decoder.getEncodedBuffer(stream.length).set(stream);
    decoder.decodeSubResolution(tile.reduce, 0);
    const decoded = decoder.getDecodedBuffer();
    const said = complaints.length > 0 ? `: ${complaints.join('; ').trim()}` : '';
    if (decoded.length < length || complaints.length > 0)
      throw new InvalidFile(`${tile.where}: the JPEG 2000 codestream cannot be decoded${said}`);
    const { componentCount } = decoder.getFrameInfo();
    if (componentCount !== components)
      throw new InvalidFile(`${tile.where}: ${componentCount} components in place of ${components}`);
    // A copy: the samples of a tile away from the origin are followed by others (see growMemory).
    return new Uint8Array(decoded.subarray(0, length));
  } catch (error) {
    if (error instanceof InvalidFile || error instanceof LimitExceeded) throw error;
    // The codec's memory is in an unknown state after a trap.
    loading = undefined;
    grownTo = 0;
    // Without a decoder nothing has been tried yet but to make room.
    if (decoder === undefined || error instanceof RangeError) throw noMemory(tile, error);
    throw new InvalidFile(`${tile.where}: the JPEG 2000 codec broke off: ${String(error)}`, { cause: error });
  } finally {
    if (loading !== undefined) decoder?.delete();
  }
}

function noMemory({ where, right, bottom, bits }: TileDecoding, cause?: unknown): LimitExceeded {
  return new LimitExceeded(
    `${where}: the JPEG 2000 codec has no memory for a tile that ends at ${right} x ${bottom} pixels of ${bits.length} bands; it has ${MOST_MEMORY} bytes. Read a lower resolution, or convert the file (gdal_translate -of COG)`,
    { cause },
  );
}

/**
 * The binding copies `right * bottom` samples where the tile has `width * height`: for a tile away from the origin it
 * reads on behind them, inside its own memory. That memory must reach so far, or the read traps.
 */
function growMemory(codec: OpenJpeg, tile: TileDecoding, encoded: number): void {
  const { width, height, right, bottom, bits } = tile;
  if (right === width && bottom === height) return;
  const bytes = encoded + 4 * right * bottom + 16 * (bits.length + 1) * (width * height * 4 ** tile.reduce);
  if (bytes <= grownTo) return;
  // Beyond, lengths of 32 bits would wrap round to small ones.
  if (bytes + 2 ** 22 > MOST_MEMORY) throw noMemory(tile);
  const ballast = new codec.J2KDecoder();
  ballast.getEncodedBuffer(bytes + 2 ** 22);
  ballast.delete();
  grownTo = bytes;
}
