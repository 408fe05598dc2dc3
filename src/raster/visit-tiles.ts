import { setImmediate } from 'node:timers/promises';
import { InvalidArgument, InvalidFile, throwIfCancelled } from '../errors.ts';
import { checkLimit } from '../limits.ts';
import type { ByteSource } from '../storage/source.ts';
import { copyMappedPicks, copyPicks, copyWidePicks, sumPicks, sumPicks16 } from './copy-picks.ts';
import { decompressBriefly } from './decompress.ts';
import { isLent } from './inflate.ts';
import { fillNodata } from './nodata.ts';
import type { BlockGrid, PickRequest, Picks } from './picks.ts';
import { bytesPerPixel, dataTypeOf, type PixelArray } from './pixels.ts';
import type { Raster } from './raster.ts';
import { borrowScratch, free, giveBackScratch } from './scratch-memory.ts';
import type { ImageLayout } from './tiff-layout.ts';
import { compression as codec } from './tiff-tags.ts';
import { finishTile, samplesOf, tileBytes } from './tile-pixels.ts';
import { halves, words } from './word-views.ts';

/** Pixels of one batch: its encoded bytes are read ahead, and threads divide the work by it. */
const BATCH_PIXELS = 2 ** 21;
/** Rasters without tiles that can be decoded singly are read in windows of at most so many pixels. */
const BLOCK_PIXELS = 2 ** 24;
/** Windows of a batch read side by side. */
const WINDOWS_AT_ONCE = 4;
/** Decoding gives way to other work (interrupts, arriving bytes) this often. */
const TURN_MS = 5;

/** The batches into which picks are divided. */
export function pickBatches({ blocks, blockWidth, blockHeight }: Picks): number {
  return Math.ceil(blocks.length / blocksOfBatch(blockWidth * blockHeight));
}

function blocksOfBatch(pixels: number): number {
  return Math.max(1, Math.floor(BATCH_PIXELS / pixels));
}

/** How the pixels of a level lie in blocks for `filePicks`: its tiles, or windows of bounded size. */
export function blocksOf({ info, pick }: Pick<Raster, 'info' | 'pick'>, level = 0): BlockGrid {
  const known = info.levels[level];
  if (known === undefined) throw new InvalidArgument(`${info.url}: level ${level} of ${info.levels.length}`);
  const { width, height, tileWidth, tileHeight } = known;
  const most = pick === undefined ? Math.max(1, Math.floor(BLOCK_PIXELS / tileWidth)) : tileHeight;
  return { width, height, blockWidth: tileWidth, blockHeight: Math.min(tileHeight, most) };
}

/**
 * Copies chosen pixels, as stored, into one array a band: only blocks with chosen pixels are read, one after the other, so that
 * memory holds no more than a few of them. Sparse tiles give nodata, or 0. Throws what reading throws, and `InvalidArgument`
 * when picks and raster or target do not fit.
 */
export async function pickPixels(raster: Raster, request: PickRequest): Promise<void> {
  const { picks, level = 0, targets } = request;
  const blocks = blocksOf(raster, level);
  if (
    blocks.width !== picks.width ||
    blocks.height !== picks.height ||
    blocks.blockWidth !== picks.blockWidth ||
    blocks.blockHeight !== picks.blockHeight
  )
    throw new InvalidArgument(`${raster.info.url}: the picks were filed for other tiles`);
  for (const { band, into } of targets)
    if (
      into.length < picks.pixels ||
      dataTypeOf(into) !== raster.info.dataType ||
      !(band < raster.info.bands)
    )
      throw new InvalidArgument(
        `${raster.info.url}: ${picks.pixels} ${raster.info.dataType} pixels of band ${band + 1} do not go into ${into.length} ${dataTypeOf(into)}`,
      );
  await (raster.pick === undefined ? pickWindows(raster, request) : raster.pick(request));
}

function* batchesOf(picks: Picks, claim: PickRequest['claim']): Generator<number[]> {
  const size = blocksOfBatch(picks.blockWidth * picks.blockHeight);
  let own = 0;
  const next = claim ?? (() => own++);
  for (let batch = next(); batch * size < picks.blocks.length; batch = next())
    yield Array.from(
      { length: Math.min(size, picks.blocks.length - batch * size) },
      (_, i) => batch * size + i,
    );
}

/** For rasters that are read by windows only: masked views, formats with decoders of their own. */
async function pickWindows(
  raster: Raster,
  { level, picks, targets, claim, onBatch, signal }: PickRequest,
): Promise<void> {
  const across = Math.ceil(picks.width / picks.blockWidth);
  const bands = targets.map(({ band }) => band);
  const pick = async (position: number): Promise<void> => {
    throwIfCancelled(signal, `reading ${raster.info.url}`);
    const block = picks.blocks[position] as number;
    const x = (block % across) * picks.blockWidth;
    const top = Math.floor(block / across) * picks.blockHeight;
    const used = usedRows(picks, position);
    const window = {
      x,
      y: top + used.first,
      width: Math.min(picks.blockWidth, picks.width - x),
      height: used.end - used.first,
    };
    const pixels = await raster.read({ bands, window, level, signal });
    for (const [i, { into }] of targets.entries()) {
      const read = pixels[i];
      if (read === undefined)
        throw new InvalidFile(
          `${raster.info.url}: the reader gave ${pixels.length} of ${bands.length} bands`,
        );
      copyBlock(new Uint8Array(read.buffer, read.byteOffset, read.byteLength), into, picks, x, {
        position,
        rows: used.end,
        rowLength: window.width,
        step: 1,
        sample: -used.first * window.width,
      });
    }
  };
  for (const positions of batchesOf(picks, claim)) {
    // Codecs decode in workers of their own, side by side.
    const lane = async (): Promise<void> => {
      try {
        for (let position = positions.shift(); position !== undefined; position = positions.shift())
          await pick(position);
      } catch (error) {
        positions.length = 0;
        throw error;
      }
    };
    await Promise.all(Array.from({ length: WINDOWS_AT_ONCE }, lane));
    onBatch?.();
  }
}

/** The rows of a block with chosen pixels. */
function usedRows(
  { starts, blockHeight }: Picks,
  position: number,
): { readonly first: number; readonly end: number } {
  const key = position * blockHeight;
  let first = 0;
  let end = blockHeight;
  while (starts[key + first + 1] === starts[key]) first++;
  while (starts[key + end - 1] === starts[key + blockHeight]) end--;
  return { first, end };
}

const decodedHere: readonly number[] = [
  codec.none,
  codec.deflate,
  codec.adobeDeflate,
  codec.zstd,
  codec.lzw,
  codec.packbits,
];

/** Whether `pickTiles` can decode the tiles. */
export function picksTiles(layout: ImageLayout): boolean {
  return decodedHere.includes(layout.compression);
}

/** `Raster.pick` of a TIFF level: tiles are decoded singly, the bytes of the next batch read meanwhile. */
export async function pickTiles(
  source: ByteSource,
  layout: ImageLayout,
  { picks, targets, claim, onBatch, signal }: PickRequest,
): Promise<void> {
  const { tilesAcross, tilesDown, planar, tileOffsets, tileByteCounts } = layout;
  checkLimit('tileBytes', tileBytes(layout), layout.url);
  const planes = planar ? [...new Set(targets.map(({ band }) => band))] : [0];
  const tilesOf = (positions: readonly number[], plane: number): number[] =>
    positions.map((position) => plane * tilesAcross * tilesDown + (picks.blocks[position] as number));
  // One batch is decoded while the next one is read.
  const scratch = [borrowScratch(), borrowScratch()] as const;
  let readAhead = 0;
  const read = async (positions: readonly number[]): Promise<Map<number, Uint8Array>> => {
    const tiles = planes
      .flatMap((plane) => tilesOf(positions, plane))
      .filter((tile) => tileOffsets[tile] !== 0 && tileByteCounts[tile] !== 0);
    const ranges = tiles.map((tile) => ({
      offset: tileOffsets[tile] as number,
      length: tileByteCounts[tile] as number,
    }));
    const memory = scratch[readAhead++ % 2 === 0 ? 0 : 1];
    memory.reuse();
    const bytes = await source.readMany(ranges, { signal, memory: memory.take });
    return new Map(tiles.map((tile, i) => [tile, bytes[i] ?? new Uint8Array(0)]));
  };
  const ahead = (positions: number[] | undefined) => {
    const bytes = positions === undefined ? Promise.resolve(new Map<number, Uint8Array>()) : read(positions);
    // It may fail while the batch before is decoded; the error is thrown when it is awaited.
    bytes.catch(() => undefined);
    return { positions, bytes };
  };
  const batches = batchesOf(picks, claim);
  const next = (): number[] | undefined => batches.next().value ?? undefined;
  let pause = performance.now() + TURN_MS;
  for (let batch = ahead(next()); batch.positions !== undefined; ) {
    const { positions } = batch;
    const encoded = await batch.bytes;
    batch = ahead(next());
    for (const plane of planes) {
      const wanted = targets.filter(({ band }) => !planar || band === plane);
      for (const [i, tile] of tilesOf(positions, plane).entries()) {
        if (performance.now() > pause) {
          await setImmediate();
          pause = performance.now() + TURN_MS;
        }
        throwIfCancelled(signal, `reading ${layout.url}`);
        const position = positions[i] as number;
        const bytes = encoded.get(tile);
        if (bytes !== undefined) pickTile(bytes, layout, tile, position, picks, wanted);
        else for (const { into } of wanted) fillPicks(into, layout, picks, position);
      }
    }
    onBatch?.();
  }
  // Not after an error: a read under way may still write into it.
  for (const memory of scratch) giveBackScratch(memory);
}

function pickTile(
  encoded: Uint8Array,
  layout: ImageLayout,
  tile: number,
  position: number,
  picks: Picks,
  targets: PickRequest['targets'],
): void {
  const size = bytesPerPixel(layout.dataType);
  const step = samplesOf(layout);
  const rowLength = layout.tileWidth * step;
  const block = picks.blocks[position] as number;
  const left = (block % layout.tilesAcross) * layout.tileWidth;
  const top = Math.floor(block / layout.tilesAcross) * layout.tileHeight;
  const rows = Math.min(layout.tileHeight, layout.height - top);
  const decoded = decompressBriefly(
    layout.compression,
    encoded,
    rowLength * rows * size,
    tileBytes(layout),
    `${layout.url}, tile ${tile}`,
  );
  const differences =
    layout.predictor === 2 &&
    picks.columns === undefined &&
    size <= 4 &&
    (layout.littleEndian || size === 1) &&
    decoded.byteOffset % size === 0;
  const samples = differences
    ? decoded
    : finishTile(decoded, layout, rows, layout.compression !== codec.none);
  for (const { band, into } of targets) {
    const lies = { position, rows, rowLength, step, sample: layout.planar ? 0 : band };
    if (differences) sumBlock(samples, into, picks, lies);
    else copyBlock(samples, into, picks, left, lies);
  }
  for (const bytes of [samples, decoded]) if (bytes.buffer !== encoded.buffer && !isLent(bytes)) free(bytes);
}

type Lies = Parameters<typeof copyPicks>[3];

function sumBlock(samples: Uint8Array, into: PixelArray, picks: Picks, block: Lies): void {
  const target = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const size = into.BYTES_PER_ELEMENT;
  if (size === 1) sumPicks(samples, target, picks, block);
  else if (size === 2) sumPicks16(halves(samples), halves(target), picks, block);
  else sumPicks(words(samples), words(target), picks, block);
}

function copyBlock(samples: Uint8Array, into: PixelArray, picks: Picks, left: number, block: Lies): void {
  const target = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  const size = into.BYTES_PER_ELEMENT;
  const bytes = samples.byteOffset % size === 0 ? samples : new Uint8Array(samples);
  const copy = <T extends Uint8Array | Uint16Array | Uint32Array>(source: T, to: T): void =>
    picks.columns === undefined
      ? copyPicks(source, to, picks, block)
      : copyMappedPicks(source, to, picks, picks.columns, block, left);
  if (size === 8) copyWidePicks(words(bytes), words(target), picks, block, left);
  else if (size === 1) copy(bytes, target);
  else if (size === 2) copy(halves(bytes), halves(target));
  else copy(words(bytes), words(target));
}

function fillPicks(into: PixelArray, layout: ImageLayout, picks: Picks, position: number): void {
  const { starts, runs, blockHeight } = picks;
  const end = starts[(position + 1) * blockHeight] as number;
  for (let run = starts[position * blockHeight] as number; run < end; run++) {
    const place = runs[run * 3 + 2] as number;
    const length = (runs[run * 3 + 1] as number) - (runs[run * 3] as number);
    fillNodata(into, layout.dataType, layout.nodata, place, place + length);
  }
}
