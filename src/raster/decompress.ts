import { promisify } from 'node:util';
import { inflateSync, inflate as inflateZlib, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { InvalidFile, Unsupported } from '../errors.ts';
import { inflate, isLent } from './inflate.ts';
import { decodeLzw } from './lzw-decode.ts';
import { decodePackbits } from './packbits.ts';
import { compression as codec, compressionName } from './tiff-tags.ts';

/**
 * Decoded by zlib before `inflate` is asked: making its program ready takes as long as it saves on about as many bytes, and
 * work on a few windows never gets that back.
 */
const BYTES_BEFORE_INFLATE = 16 * 1024 * 1024;
let inflatedBefore = 0;

/** zlib's form of nothing at all. */
const EMPTY = Uint8Array.of(0x78, 0x9c, 3, 0, 0, 0, 0, 1);

/** Makes the decoder of a codec ready. For a while in which there is nothing else to do, as the wait for a far source's bytes. */
export function prepareDecoding(code: number): void {
  if (code !== codec.deflate && code !== codec.adobeDeflate) return;
  if (inflatedBefore >= BYTES_BEFORE_INFLATE) return;
  inflatedBefore = BYTES_BEFORE_INFLATE;
  inflate(EMPTY, 0);
}

/** zlib starts a second buffer when the first is exactly full; a few bytes more spare it. */
const SLACK_BYTES = 64;

/**
 * The decoded bytes of one tile or strip: at least `needed` (the rows inside the image), at most `most` (the whole
 * tile); never more is allocated. The answer may share memory with `bytes` when nothing is compressed. Throws `InvalidFile` when the
 * data is damaged or decodes to another length, `Unsupported` for a codec that is not built in.
 */
export function decompress(
  code: number,
  bytes: Uint8Array,
  needed: number,
  most: number,
  where: string,
): Uint8Array {
  const decoded = decompressBriefly(code, bytes, needed, most, where);
  return isLent(decoded) ? copyOf(decoded) : decoded;
}

/**
 * The same without a copy: bytes that `isLent` tells may be written into, but are gone with the next tile, so nothing may be awaited
 * before they are used.
 */
export function decompressBriefly(
  code: number,
  bytes: Uint8Array,
  needed: number,
  most: number,
  where: string,
): Uint8Array {
  return enough(decode(code, bytes, most, where), code, needed, where);
}

/** The same bytes in memory of their own. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** What `decompress` gives, made on a thread of zlib's; undefined for a codec that has none. `bytes` are read until the promise is settled. */
export function decompressAside(
  code: number,
  bytes: Uint8Array,
  needed: number,
  most: number,
  where: string,
): Promise<Uint8Array> | undefined {
  const work = aside.get(code);
  if (work === undefined) return undefined;
  return work(bytes, { chunkSize: most + SLACK_BYTES, maxOutputLength: most }).then(
    (decoded) => enough(decoded, code, needed, where),
    (cause: unknown) => {
      throw damaged(cause, where);
    },
  );
}

type Inflate = (
  bytes: Uint8Array,
  options: { readonly chunkSize: number; readonly maxOutputLength: number },
) => Promise<Uint8Array>;

const inflateAside: Inflate = promisify(inflateZlib);
const zstdAside: Inflate = promisify(zstdDecompress);
const aside: ReadonlyMap<number, Inflate> = new Map([
  [codec.deflate, inflateAside],
  [codec.adobeDeflate, inflateAside],
  [codec.zstd, zstdAside],
]);

function enough(decoded: Uint8Array, code: number, needed: number, where: string): Uint8Array {
  if (decoded.length < needed)
    throw new InvalidFile(
      `${where}: ${compressionName(code)} data gives ${decoded.length} bytes, the tile needs ${needed}`,
    );
  return decoded;
}

function decode(code: number, bytes: Uint8Array, most: number, where: string): Uint8Array {
  switch (code) {
    case codec.none:
      return bytes.length > most ? bytes.subarray(0, most) : bytes;
    case codec.deflate:
    case codec.adobeDeflate:
      return guarded(() => inflated(bytes, most), where);
    case codec.zstd:
      return guarded(
        () => zstdDecompressSync(bytes, { chunkSize: most + SLACK_BYTES, maxOutputLength: most }),
        where,
      );
    case codec.lzw: {
      if (bytes[0] === 0 && ((bytes[1] ?? 0) & 1) === 1)
        throw new Unsupported(`${where}: LZW of before TIFF 6.0 (least significant bit first)`);
      const decoded = decodeLzw(bytes, most);
      if (decoded === undefined) throw new InvalidFile(`${where}: damaged LZW data`);
      return decoded;
    }
    case codec.packbits: {
      const output = new Uint8Array(most);
      const written = decodePackbits(bytes, output);
      if (written < 0) throw new InvalidFile(`${where}: damaged PackBits data`);
      return output.subarray(0, written);
    }
    default:
      throw new Unsupported(
        `${where}: pixels in ${compressionName(code)} cannot be read yet; convert the file to a COG in deflate`,
      );
  }
}

function inflated(bytes: Uint8Array, most: number): Uint8Array {
  const worthwhile = inflatedBefore >= BYTES_BEFORE_INFLATE;
  if (!worthwhile) inflatedBefore += most;
  return (
    (worthwhile ? inflate(bytes, most) : undefined) ??
    inflateSync(bytes, { chunkSize: most + SLACK_BYTES, maxOutputLength: most })
  );
}

function guarded(work: () => Uint8Array, where: string): Uint8Array {
  try {
    return work();
  } catch (cause) {
    throw damaged(cause, where);
  }
}

function damaged(cause: unknown, where: string): InvalidFile {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new InvalidFile(`${where}: damaged tile data: ${reason}`, { cause });
}
