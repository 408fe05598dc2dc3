import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteRange, ByteSource } from '../storage/source.ts';
import { checkWindow } from './check-window.ts';
import { DecodeAside } from './decode-aside.ts';
import { copyOf, decompressAside, decompressBriefly, prepareDecoding } from './decompress.ts';
import { isLent } from './inflate.ts';
import { fillNodata } from './nodata.ts';
import { bytesPerPixel, type PixelArray, type PixelWindow, pixelArray } from './pixels.ts';
import { borrowScratch, free, giveBackScratch } from './scratch-memory.ts';
import type { ImageLayout } from './tiff-layout.ts';
import { compression as codec } from './tiff-tags.ts';
import type { TileCache } from './tile-cache.ts';
import { type Placement, placeTile, readyTile, samplesOf, tileBytes } from './tile-pixels.ts';

/** Encoded bytes fetched ahead of decoding: enough to fill a fast link, little against a window's budget. */
const BATCH_BYTES = 16 * 1024 * 1024;
/** The same of a source whose reads cost no round trip. */
const NEAR_BATCH_BYTES = 4 * 1024 * 1024;
/** Decoding gives way to other work (interrupts, messages) this often. */
const TURN_MS = 25;

export interface TileCacheUse {
  readonly cache: TileCache;
  /** Tells this level of this version of this file from all others. */
  readonly key: string;
}

interface Job {
  readonly tile: number;
  /** Where its encoded bytes are. */
  readonly range: ByteRange;
  readonly place: Placement;
  /** Rows of the tile that lie inside the image. */
  readonly rows: number;
  /** Pairs: index of the answer's array, sample inside the tile. */
  readonly targets: readonly (readonly [answer: number, sample: number])[];
}

/**
 * Reads a window of one level, one array a band in row order. Tiles wholly inside the window are decoded straight into
 * it; tiles cut by its edge go through the cache, as the neighbouring window will want them too. Sparse tiles give nodata, or 0.
 * Of a far source, tiles that came early are decoded on other threads while the rest comes.
 * Throws `InvalidArgument` for a window outside the image, `InvalidFile` for damaged tiles, `LimitExceeded` over `windowBytes`.
 */
export async function readWindow(
  source: ByteSource,
  layout: ImageLayout,
  bands: readonly number[],
  window: PixelWindow,
  use: TileCacheUse,
  signal: AbortSignal | undefined,
): Promise<PixelArray[]> {
  checkWindow(layout, bands, window);
  const size = bytesPerPixel(layout.dataType);
  checkLimit('windowBytes', window.width * window.height * size * bands.length, layout.url);
  const answers = bands.map(() => pixelArray(layout.dataType, window.width * window.height));
  const targets = answers.map((pixels) => new Uint8Array(pixels.buffer));
  const pending: Job[] = [];
  for (const job of jobsOf(layout, bands, window)) {
    const cached = use.cache.get(`${use.key}|${job.tile}`);
    if (cached) placeAll(cached, targets, layout, job);
    else if (layout.tileByteCounts[job.tile] === 0 || layout.tileOffsets[job.tile] === 0) {
      for (const [answer] of job.targets) fillRows(answers[answer], layout, job.place);
    } else pending.push(source.near ? plainRows(layout, job) : job);
  }
  let pause = performance.now() + TURN_MS;
  const batches = batchesOf(pending, source.near ? NEAR_BATCH_BYTES : BATCH_BYTES);
  const scratch = [borrowScratch(), borrowScratch()] as const;
  const aside = new DecodeAside<Job>();
  const begin = (job: Job, encoded: Uint8Array): void =>
    aside.begin(job, () => decompressAside(...codedTile(layout, job, encoded)));
  const mayBegin = !source.near && !source.inMemory;
  const fetch = (number: number): Promise<Uint8Array[]> => {
    const memory = scratch[number % 2 === 0 ? 0 : 1];
    memory.reuse();
    const batch = batches[number] ?? [];
    let missing = batch.length;
    const arrived = (index: number, bytes: Uint8Array): void => {
      missing -= 1;
      const job = batch[index];
      // The last is decoded here: nothing else is left to do meanwhile.
      if (job && missing > 0) begin(job, bytes);
    };
    return source.readMany(
      batch.map(({ range }) => range),
      { signal, memory: memory.take, arrived: mayBegin ? arrived : undefined },
    );
  };
  let ahead = fetch(0);
  if (mayBegin && batches.length > 0) {
    ahead.catch(() => undefined);
    // The requests go out first.
    await setImmediate();
    prepareDecoding(layout.compression);
  }
  for (const [number, batch] of batches.entries()) {
    const encoded = await ahead;
    ahead = number + 1 < batches.length ? fetch(number + 1) : Promise.resolve([]);
    // The next batch may fail while this one is decoded; its error is thrown when it is awaited.
    ahead.catch(() => undefined);
    for (const [index, job] of batch.entries()) {
      if (performance.now() > pause) {
        await setImmediate();
        pause = performance.now() + TURN_MS;
      }
      throwIfCancelled(signal, `reading ${layout.url}`);
      const bytes = encoded[index] ?? new Uint8Array(0);
      const next = batch[index + 1];
      if (mayBegin && next) begin(next, encoded[index + 1] ?? new Uint8Array(0));
      const begun = aside.take(job);
      const decoded = begun ? await begun : decompressBriefly(...codedTile(layout, job, bytes));
      placeDecoded(decoded, bytes, targets, layout, job, use);
    }
  }
  // Not after an error: a read under way may still write into it.
  for (const memory of scratch) giveBackScratch(memory);
  return answers;
}

function* jobsOf(layout: ImageLayout, bands: readonly number[], window: PixelWindow): Generator<Job> {
  const { tileWidth, tileHeight, tilesAcross, tilesDown, planar } = layout;
  const planes = planar ? [...new Set(bands)] : [0];
  for (const plane of planes) {
    const targets = bands.flatMap((band, answer) =>
      planar && band !== plane ? [] : [[answer, planar ? 0 : band] as const],
    );
    for (let row = Math.floor(window.y / tileHeight); row * tileHeight < window.y + window.height; row++) {
      for (
        let column = Math.floor(window.x / tileWidth);
        column * tileWidth < window.x + window.width;
        column++
      ) {
        const left = Math.max(window.x, column * tileWidth);
        const top = Math.max(window.y, row * tileHeight);
        const right = Math.min(window.x + window.width, (column + 1) * tileWidth);
        const bottom = Math.min(window.y + window.height, (row + 1) * tileHeight);
        const tile = plane * tilesAcross * tilesDown + row * tilesAcross + column;
        yield {
          tile,
          range: {
            offset: layout.tileOffsets[tile] as number,
            length: layout.tileByteCounts[tile] as number,
          },
          rows: Math.min(tileHeight, layout.height - row * tileHeight),
          targets,
          place: {
            tileX: left - column * tileWidth,
            tileY: top - row * tileHeight,
            columns: right - left,
            rows: bottom - top,
            windowX: left - window.x,
            windowY: top - window.y,
            windowWidth: window.width,
          },
        };
      }
    }
  }
}

/** Of samples that lie plainly in the file only the rows that the window needs; damaged tiles stay whole, to be told as such. */
function plainRows(layout: ImageLayout, job: Job): Job {
  const rowBytes = bytesOfRow(layout);
  const { range, place } = job;
  if (layout.compression !== codec.none || range.length < rowBytes * job.rows) return job;
  return {
    ...job,
    range: { offset: range.offset + place.tileY * rowBytes, length: place.rows * rowBytes },
    rows: place.rows,
    place: { ...place, tileY: 0 },
  };
}

function bytesOfRow(layout: ImageLayout): number {
  return layout.tileWidth * samplesOf(layout) * bytesPerPixel(layout.dataType);
}

function batchesOf(jobs: readonly Job[], most: number): Job[][] {
  const batches: Job[][] = [];
  let bytes = most;
  for (const job of jobs) {
    const count = job.range.length;
    if (bytes + count > most) {
      batches.push([]);
      bytes = 0;
    }
    bytes += count;
    batches.at(-1)?.push(job);
  }
  return batches;
}

/** What decompressing takes. */
function codedTile(layout: ImageLayout, job: Job, encoded: Uint8Array): Parameters<typeof decompressBriefly> {
  const where = `${layout.url}, tile ${job.tile}`;
  return [layout.compression, encoded, bytesOfRow(layout) * job.rows, tileBytes(layout), where];
}

function placeDecoded(
  decoded: Uint8Array,
  encoded: Uint8Array,
  targets: readonly Uint8Array[],
  layout: ImageLayout,
  job: Job,
  use: TileCacheUse,
): void {
  const owned = layout.compression !== codec.none;
  const ready = readyTile(decoded, layout, job.rows, owned);
  placeAll(ready, targets, layout, job);
  const made = (bytes: Uint8Array): boolean => bytes.buffer !== encoded.buffer && !isLent(bytes);
  if (ready.buffer !== decoded.buffer && made(decoded)) free(decoded);
  // Rows by themselves are not kept: where they are read so, the system keeps the file's pages.
  const whole = job.range.length === layout.tileByteCounts[job.tile];
  if (whole && !coversTile(layout, job))
    use.cache.set(`${use.key}|${job.tile}`, made(ready) ? ready : copyOf(ready), true);
  else if (made(ready)) free(ready);
}

/** Whether the window takes all of the tile's pixels that lie inside the image. */
function coversTile(layout: ImageLayout, { tile, rows, place }: Job): boolean {
  const left = (tile % layout.tilesAcross) * layout.tileWidth;
  return place.rows === rows && place.columns === Math.min(layout.tileWidth, layout.width - left);
}

function placeAll(ready: Uint8Array, targets: readonly Uint8Array[], layout: ImageLayout, job: Job): void {
  for (const [answer, sample] of job.targets) {
    const target = targets[answer];
    if (target) placeTile(ready, target, layout, sample, job.place);
  }
}

function fillRows(pixels: PixelArray | undefined, layout: ImageLayout, place: Placement): void {
  if (pixels === undefined) return;
  for (let row = 0; row < place.rows; row++) {
    const from = (place.windowY + row) * place.windowWidth + place.windowX;
    fillNodata(pixels, layout.dataType, layout.nodata, from, from + place.columns);
  }
}
