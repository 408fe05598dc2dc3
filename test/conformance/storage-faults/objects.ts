import type { Compression } from '../../../src/raster/encode-tile.ts';
import { type DataType, type PixelArray, type PixelWindow, pixelArray } from '../../../src/raster/pixels.ts';
import { encodeCog } from '../../../src/raster/write-cog.ts';
import { syntheticBand } from '../../support/synthetic-pixels.ts';
import { writeZip } from '../../support/write-zip.ts';

/** A COG of generated pixels, which are the truth. */
export interface CogObject {
  readonly key: string;
  readonly codec: Compression;
  readonly bytes: Uint8Array;
  readonly dataType: DataType;
  readonly width: number;
  readonly height: number;
  readonly bands: readonly PixelArray[];
}

export interface Objects {
  readonly cogs: readonly CogObject[];
  /** Documents by key: of a kilobyte, of twenty, of two hundred. */
  readonly documents: ReadonlyMap<string, unknown>;
  /** The first COG stored and a document deflated. */
  readonly zip: { readonly key: string; readonly cog: CogObject; readonly document: unknown };
  /** All bytes by key. */
  readonly bytes: ReadonlyMap<string, Uint8Array>;
}

const kinds: readonly (readonly [Compression, DataType, number])[] = [
  ['deflate', 'uint16', 3],
  ['zstd', 'float32', 1],
  ['lzw', 'uint8', 1],
  ['none', 'int16', 1],
];
const width = 900;
const height = 700;

/** The objects of the suite: a COG of each codec, documents, an archive. */
export async function makeObjects(): Promise<Objects> {
  const cogs: CogObject[] = [];
  for (const [codec, dataType, count] of kinds) cogs.push(await makeCog(codec, dataType, count, 1));
  const documents = new Map([10, 200, 2000].map((size) => [`d/${size}.json`, makeDocument(size)] as const));
  const [first] = cogs as [CogObject];
  const document = makeDocument(500);
  const zip = {
    key: 'season.zip',
    cog: first,
    document,
    bytes: writeZip({
      'item.json': { bytes: encode(document), deflate: true },
      'B04.tif': { bytes: first.bytes },
    }),
  };
  const bytes = new Map<string, Uint8Array>([[zip.key, zip.bytes]]);
  for (const { key, bytes: own } of cogs) bytes.set(key, own);
  for (const [key, value] of documents) bytes.set(key, encode(value));
  return { cogs, documents, zip, bytes };
}

/** A COG whose pixels change with the seed. */
export async function makeCog(
  codec: Compression,
  dataType: DataType,
  count: number,
  seed: number,
): Promise<CogObject> {
  const bands = Array.from({ length: count }, (_, band) =>
    syntheticBand(dataType, width, height, seed + band),
  );
  const bytes = await encodeCog(
    { width, height, dataType, bands },
    { compression: codec, tileSize: 128, crs: 'EPSG:32631', transform: [10, 0, 600000, 0, -10, 5800020] },
  );
  return { key: `${codec}.tif`, codec, bytes, dataType, width, height, bands };
}

/** The pixels of a window as they were generated. */
export function truth({ bands, dataType, width: whole }: CogObject, window: PixelWindow): PixelArray[] {
  return bands.map((band) => {
    const pixels = pixelArray(dataType, window.width * window.height);
    for (let row = 0; row < window.height; row++) {
      const from = (window.y + row) * whole + window.x;
      pixels.set(band.subarray(from, from + window.width) as never, row * window.width);
    }
    return pixels;
  });
}

function makeDocument(size: number): unknown {
  return {
    type: 'FeatureCollection',
    values: Array.from({ length: size }, (_, i) => `value ${i * 7919} of ${size}`),
  };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
