import { inflateSync, zstdDecompressSync } from 'node:zlib';
import * as Lerc from 'lerc';
import { InvalidFile } from '../errors.ts';
import { type DataType, pixelArray } from './pixels.ts';
import type { LercTile } from './tiff-codec-tasks.ts';

const types: Readonly<Record<Lerc.LercPixelType, DataType>> = {
  S8: 'int8',
  U8: 'uint8',
  S16: 'int16',
  U16: 'uint16',
  S32: 'int32',
  U32: 'uint32',
  F32: 'float32',
  F64: 'float64',
};

/**
 * The samples of a LERC tile, by Esri's decoder. Bands are the blob's depths, or blobs one after the other where each has a mask
 * of its own. Masked floats are NaN; a mask over 8-bit samples with one sample fewer than
 * the tile has is its alpha (libtiff, tif_lerc.c). Throws `InvalidFile` for damaged data or another size or type.
 * Belongs in a codec worker.
 */
export async function decodeLerc(tile: LercTile): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, needed, samples, dataType, where } = tile;
  await Lerc.load();
  const bytes = unwrap(tile);
  const info = Lerc.getBlobInfo(bytes);
  if (info.width !== width || info.height > height || info.height < needed)
    throw new InvalidFile(
      `${where}: a LERC blob of ${info.width} x ${info.height} pixels in a tile of ${width} x ${height}`,
    );
  const stored = info.depthCount * info.bandCount;
  const alpha = stored === samples - 1 && info.bandCount === 1 && dataType === 'uint8';
  if ((stored !== samples && !alpha) || (info.bandCount > 1 && info.depthCount > 1))
    throw new InvalidFile(`${where}: a LERC blob of ${stored} samples in a tile of ${samples}`);
  const { pixels, pixelType, mask, bandMasks } = Lerc.decode(bytes, { returnInterleaved: true });
  const decoded = pixels[0];
  if (decoded === undefined || types[pixelType] !== dataType)
    throw new InvalidFile(`${where}: LERC pixels of type ${types[pixelType]} in a tile of ${dataType}`);
  const output = pixelArray(dataType, info.width * info.height * samples) as Float64Array<ArrayBuffer>;
  const count = info.width * info.height;
  const floats = dataType === 'float32' || dataType === 'float64';
  if (info.bandCount > 1) {
    for (const [band, values] of pixels.entries()) {
      const own = bandMasks?.[band] ?? mask;
      for (let i = 0; i < count; i++)
        output[i * samples + band] = own?.[i] === 0 && floats ? Number.NaN : (values[i] as number);
    }
  } else if (!alpha) {
    output.set(decoded);
    if (mask !== null && floats)
      for (let i = 0; i < count; i++)
        if (mask[i] === 0) output.fill(Number.NaN, i * samples, (i + 1) * samples);
  } else {
    for (let i = 0; i < count; i++) {
      for (let sample = 0; sample < samples - 1; sample++)
        output[i * samples + sample] = decoded[i * (samples - 1) + sample] as number;
      output[i * samples + samples - 1] = mask === null || mask[i] !== 0 ? 255 : 0;
    }
  }
  return new Uint8Array(output.buffer);
}

function unwrap({ bytes, around, most, where }: LercTile): Uint8Array {
  if (around === 'none') return bytes;
  try {
    const unpack = around === 'deflate' ? inflateSync : zstdDecompressSync;
    return unpack(bytes, { maxOutputLength: most });
  } catch (cause) {
    throw new InvalidFile(`${where}: damaged ${around} data around LERC: ${String(cause)}`, { cause });
  }
}
