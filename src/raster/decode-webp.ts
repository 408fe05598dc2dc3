import { InvalidFile, Unsupported } from '../errors.ts';
import type { EncodedTile } from './tiff-codec-tasks.ts';

/**
 * The samples of a WebP tile of 3 (red, green, blue) or 4 (and alpha) samples, by libwebp. Throws `InvalidFile` for
 * damaged data or another size. Belongs in a codec worker.
 */
export async function decodeWebp({
  bytes,
  width,
  height,
  needed,
  samples,
  where,
}: EncodedTile): Promise<Uint8Array<ArrayBuffer>> {
  if (samples !== 3 && samples !== 4) throw new Unsupported(`${where}: WebP of ${samples} samples`);
  const size = webpSize(bytes);
  if (size === undefined || size.width !== width || size.height > height || size.height < needed)
    throw new InvalidFile(
      `${where}: a WebP picture of ${size?.width ?? '?'} x ${size?.height ?? '?'} pixels in a tile of ${width} x ${height}`,
    );
  const { decode } = await import('@cwasm/webp');
  const { data } = decode(bytes);
  if (samples === 4) return new Uint8Array(data);
  const output = new Uint8Array(size.width * size.height * 3);
  for (let from = 0, to = 0; to < output.length; from += 4) {
    output[to++] = data[from] as number;
    output[to++] = data[from + 1] as number;
    output[to++] = data[from + 2] as number;
  }
  return output;
}

/** Width and height in the first chunk of a WebP file (RFC 9649, section 2), before anything is decoded. */
function webpSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  if (bytes.length < 30) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57454250) return undefined;
  switch (view.getUint32(12)) {
    case 0x56503820: // VP8
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650384c: {
      // VP8L
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503858: // VP8X
      return {
        width: (view.getUint32(24, true) & 0xffffff) + 1,
        height: (view.getUint32(26, true) >>> 8) + 1,
      };
    default:
      return undefined;
  }
}
