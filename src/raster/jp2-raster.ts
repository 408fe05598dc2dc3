import { InvalidArgument, InvalidFile, throwIfCancelled } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteRange, ByteSource } from '../storage/source.ts';
import { checkWindow } from './check-window.ts';
import { codecPool } from './codec-pool.ts';
import { copySamples } from './copy-samples.ts';
import { type HeaderOptions, headerReader } from './header-reader.ts';
import { type Jp2Boxes, readBoxes } from './jp2-boxes.ts';
import { type Codestream, readCodestream } from './jp2-codestream.ts';
import { georeferenceOf } from './jp2-georeference.ts';
import { openTileIndex, type TileIndex } from './jp2-tile-index.ts';
import { tileBounds, tileStream } from './jp2-tile-stream.ts';
import { bytesPerPixel, type PixelArray, type PixelWindow, pixelArray } from './pixels.ts';
import type { Raster, RasterLevel, WindowRequest } from './raster.ts';
import type { TileCache } from './tile-cache.ts';

/** Encoded bytes fetched ahead of decoding. */
const BATCH_BYTES = 16 * 1024 * 1024;
/** Reduced resolutions end with the first that is no larger, as GDAL's do. */
const SMALLEST_LEVEL = 128;

/** A part of a tile that a window wants: all in pixels of the level. */
interface Job {
  readonly tile: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Opens a JPEG 2000 file: a JP2 with its georeference, or a bare codestream. Levels are its reduced resolutions. A window
 * reads and decodes the tiles of the codestream that it touches and no others, each in a codec worker. There is no nodata value
 * in the format. Throws `InvalidFile`, `LimitExceeded`, and `Unsupported` by name for samples above 16 bits and subsampled components.
 */
export async function openJpeg2000(
  source: ByteSource,
  { signal, start, tileCache }: HeaderOptions & { readonly tileCache: TileCache },
): Promise<Raster> {
  const size = await source.size({ signal });
  const header = headerReader(source, size, { signal, start });
  const boxes = await readBoxes(header, size, source.url);
  const { offset, length } = boxes.codestream;
  const image = await readCodestream(header, offset, length, source.url);
  const levels = levelsOf(image);
  const version = await source.version({ signal });
  const index = openTileIndex(source, image);
  const bands = image.bits.length;

  const read = async (request: WindowRequest = {}): Promise<PixelArray[]> => {
    const { level = 0, signal } = request;
    const known = levels[level];
    if (known === undefined) throw new InvalidArgument(`${source.url}: level ${level} of ${levels.length}`);
    const window = request.window ?? { x: 0, y: 0, width: known.width, height: known.height };
    const wanted = request.bands ?? Array.from({ length: bands }, (_, band) => band);
    checkWindow({ url: source.url, ...known, bands }, wanted, window);
    const bytes = bytesPerPixel(image.dataType);
    checkLimit('windowBytes', window.width * window.height * bytes * wanted.length, source.url);
    const answers = wanted.map(() => pixelArray(image.dataType, window.width * window.height));
    const tiles = { source, image, index, level, cache: tileCache, key: `${source.url}|${version}|${level}` };
    const place = (job: Job, planes: ReadonlyMap<number, Uint8Array>): void => {
      for (const [answer, band] of wanted.entries()) {
        const plane = planes.get(band);
        const pixels = answers[answer];
        if (plane && pixels) placePlane(plane, pixels, job, window);
      }
    };
    await decodeTiles(tiles, jobsOf(image, level, window), [...new Set(wanted)], place, signal);
    return answers;
  };
  return {
    info: {
      url: source.url,
      width: image.x1 - image.x0,
      height: image.y1 - image.y0,
      bands,
      dataType: image.dataType,
      nodata: undefined,
      ...(await georeferenceOf(boxes, source.url)),
      compression: image.reversible ? 'jpeg2000 (reversible)' : 'jpeg2000',
      predictor: 1,
      interleave: bands === 1 ? 'band' : 'pixel',
      levels,
      descriptions: image.bits.map(() => ''),
      scales: image.bits.map(() => 1),
      offsets: image.bits.map(() => 0),
      colorMap: bands === 1 ? colorMapOf(boxes) : undefined,
      colorInterpretation: bands === 1 ? [colorMapOf(boxes) ? 'palette' : 'gray'] : undefined,
      maskFlags: image.bits.map(() => ['all_valid'] as const),
    },
    read,
  };
}

/** Samples of [from, to) that remain after `level` halvings (15444-1 B.5). */
function reduced(value: number, level: number): number {
  return Math.ceil(value / 2 ** level);
}

function levelsOf(image: Codestream): RasterLevel[] {
  const levels: RasterLevel[] = [];
  for (let level = 0; level <= image.decompositions; level++) {
    const width = reduced(image.x1, level) - reduced(image.x0, level);
    const height = reduced(image.y1, level) - reduced(image.y0, level);
    if (width < 1 || height < 1) break;
    levels.push({
      width,
      height,
      tileWidth: Math.min(width, reduced(image.tileWidth, level)),
      tileHeight: Math.min(height, reduced(image.tileHeight, level)),
    });
    if (width <= SMALLEST_LEVEL && height <= SMALLEST_LEVEL) break;
  }
  return levels;
}

function colorMapOf({ palette }: Jp2Boxes): Uint8Array | undefined {
  return palette && Uint8Array.from(palette.flatMap(([r = 0, g = r, b = r, a = 255]) => [r, g, b, a]));
}

function jobsOf(image: Codestream, level: number, window: PixelWindow): Job[] {
  const jobs: Job[] = [];
  const [originX, originY] = [reduced(image.x0, level), reduced(image.y0, level)];
  const scale = 2 ** level;
  const first = (start: number, from: number, size: number): number =>
    Math.max(0, Math.floor(((start - 1) * scale - from) / size));
  for (let row = first(window.y + originY, image.tileY0, image.tileHeight); row < image.tilesDown; row++) {
    for (
      let column = first(window.x + originX, image.tileX0, image.tileWidth);
      column < image.tilesAcross;
      column++
    ) {
      const tile = row * image.tilesAcross + column;
      const { x0, y0, x1, y1 } = tileBounds(image, tile);
      const left = reduced(x0, level) - originX;
      const top = reduced(y0, level) - originY;
      const width = reduced(x1, level) - originX - left;
      const height = reduced(y1, level) - originY - top;
      if (left >= window.x + window.width) break;
      if (top >= window.y + window.height) return jobs;
      if (left + width > window.x && top + height > window.y && width > 0 && height > 0)
        jobs.push({ tile, left, top, width, height });
    }
  }
  return jobs;
}

interface Tiles {
  readonly source: ByteSource;
  readonly image: Codestream;
  readonly index: TileIndex;
  readonly level: number;
  readonly cache: TileCache;
  readonly key: string;
}

/** Decodes the wanted bands of tiles, those of a batch side by side, and hands each tile's planes to `place`. */
async function decodeTiles(
  tiles: Tiles,
  jobs: readonly Job[],
  bands: readonly number[],
  place: (job: Job, planes: ReadonlyMap<number, Uint8Array>) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { cache, key, index } = tiles;
  const pending: { readonly job: Job; readonly parts: readonly ByteRange[] }[] = [];
  for (const job of jobs) {
    const planes = new Map<number, Uint8Array>();
    for (const band of bands) {
      const plane = cache.get(`${key}|${job.tile}|${band}`);
      if (plane) planes.set(band, plane);
    }
    if (planes.size === bands.length) place(job, planes);
    else pending.push({ job, parts: await index.parts(job.tile, { signal }) });
  }
  const batches = batchesOf(pending);
  const fetch = (batch: (typeof batches)[number] | undefined): Promise<Uint8Array[]> => {
    const bytes = tiles.source.readMany(
      (batch ?? []).flatMap(({ parts }) => parts),
      { signal },
    );
    // It may fail while the batch before is decoded; the error is thrown when it is awaited.
    bytes.catch(() => undefined);
    return bytes;
  };
  let ahead = fetch(batches[0]);
  for (const [number, batch] of batches.entries()) {
    throwIfCancelled(signal, `reading ${tiles.image.url}`);
    const encoded = await ahead;
    ahead = fetch(batches[number + 1]);
    const abort = new AbortController();
    const either = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
    let at = 0;
    const decoding = batch.map(async ({ job, parts }) => {
      const bytes = encoded.slice(at, (at += parts.length));
      const planes = await decodeJob(tiles, job, bytes, bands, either);
      for (const [band, plane] of planes) cache.set(`${key}|${job.tile}|${band}`, plane);
      place(job, planes);
    });
    try {
      await Promise.all(decoding);
    } catch (error) {
      abort.abort();
      await Promise.allSettled(decoding);
      throw error;
    }
  }
}

function batchesOf<Entry extends { readonly parts: readonly ByteRange[] }>(
  entries: readonly Entry[],
): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = BATCH_BYTES;
  for (const entry of entries) {
    const length = entry.parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes + length > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    bytes += length;
    batches.at(-1)?.push(entry);
  }
  return batches;
}

async function decodeJob(
  tiles: Tiles,
  job: Job,
  encoded: readonly Uint8Array[],
  bands: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, Uint8Array>> {
  const { image, level, index, source } = tiles;
  const where = `${image.url}, tile ${job.tile}`;
  const cut = (parts: readonly Uint8Array[]) => tileStream(image, job.tile, parts);
  let tile: ReturnType<typeof cut>;
  try {
    tile = cut(encoded);
  } catch (error) {
    // A stated index (TLM) may be wrong where the parts themselves are good.
    if (!(error instanceof InvalidFile) || !index.distrust()) throw error;
    tile = cut(await source.readMany(await index.parts(job.tile, { signal }), { signal }));
  }
  const [right, bottom] = [reduced(tile.right, level), reduced(tile.bottom, level)];
  // OpenJPEG holds 4 bytes a sample of every component, whatever it gives back.
  checkLimit('tileBytes', right * bottom * 4 * image.bits.length, where);
  const planes = await codecPool().run(
    'jpeg2000',
    {
      ...{ stream: tile.stream, where, reduce: level, width: job.width, height: job.height, right, bottom },
      ...{ bits: image.bits, signed: image.signed, wanted: bands },
    },
    { signal, transfer: [tile.stream.buffer as ArrayBuffer] },
  );
  return new Map(bands.map((band, i) => [band, planes[i] as Uint8Array]));
}

function placePlane(plane: Uint8Array, pixels: PixelArray, job: Job, window: PixelWindow): void {
  const left = Math.max(window.x, job.left);
  const top = Math.max(window.y, job.top);
  copySamples(plane, new Uint8Array(pixels.buffer), pixels.BYTES_PER_ELEMENT, {
    from: (top - job.top) * job.width + left - job.left,
    fromRow: job.width,
    fromStep: 1,
    to: (top - window.y) * window.width + left - window.x,
    toRow: window.width,
    toStep: 1,
    columns: Math.min(window.x + window.width, job.left + job.width) - left,
    rows: Math.min(window.y + window.height, job.top + job.height) - top,
  });
}
