import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Compressors, snappyUncompress } from 'hyparquet';
import { checkLimit } from '../limits.ts';

const decoders: Readonly<Record<string, (input: Uint8Array, length: number) => Uint8Array>> = {
  SNAPPY: (input, length) => {
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  },
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
};

/** The codecs of Parquet pages; the length is what the file says, and nothing is allocated before it is checked. */
export function parquetCodecs(url: string): Compressors {
  return Object.fromEntries(
    Object.entries(decoders).map(([codec, decode]) => [
      codec,
      (input: Uint8Array, length: number) => {
        checkLimit('readBytes', length, `${url}: a page after decompression`);
        return decode(input, length);
      },
    ]),
  );
}
