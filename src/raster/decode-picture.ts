import { InvalidFile } from '../errors.ts';
import { decodeJpeg } from './decode-jpeg.ts';
import { decodePng, type RgbaImage } from './decode-png.ts';
import { noTables, readMarkers } from './jpeg-stream.ts';

/**
 * A picture as map servers send it, PNG or JPEG (8 bits, sequential), as RGBA. Throws `InvalidFile`, `Unsupported`,
 * `LimitExceeded`. Belongs in a worker.
 */
export function decodePicture(bytes: Uint8Array, where: string): RgbaImage {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return decodePng(bytes, where);
  const frame = readMarkers(bytes, noTables(), where)?.frame;
  if (frame === undefined) throw new InvalidFile(`${where}: a JPEG without a picture`);
  const { width, height, components } = frame;
  const samples = components.length;
  if (samples !== 1 && samples !== 3) throw new InvalidFile(`${where}: a JPEG of ${samples} components`);
  const size = { width, height, needed: height, samples, dataType: 'uint8' as const };
  const pixels = decodeJpeg({ bytes, ...size, tables: undefined, ycbcr: samples === 3, where });
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0, from = 0; i < rgba.length; i += 4, from += samples) {
    rgba[i] = pixels[from] ?? 0;
    rgba[i + 1] = pixels[from + (samples === 3 ? 1 : 0)] ?? 0;
    rgba[i + 2] = pixels[from + (samples === 3 ? 2 : 0)] ?? 0;
    rgba[i + 3] = 255;
  }
  return { width, height, rgba };
}
