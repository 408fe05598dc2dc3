import { copySamples } from './copy-samples.ts';
import { bytesPerPixel } from './pixels.ts';
import {
  accumulate8,
  accumulate16,
  accumulate32,
  accumulate64,
  type Strides,
  unshuffle,
} from './predictor.ts';
import type { ImageLayout } from './tiff-layout.ts';
import { halves, words } from './word-views.ts';

/** Where the part of a tile that a window needs comes from and goes to, in pixels. */
export interface Placement {
  readonly tileX: number;
  readonly tileY: number;
  readonly columns: number;
  readonly rows: number;
  readonly windowX: number;
  readonly windowY: number;
  readonly windowWidth: number;
}

/** Samples of one pixel inside a tile: all bands, or one where bands have planes of their own. */
export function samplesOf(layout: ImageLayout): number {
  return layout.planar ? 1 : layout.bands;
}

export function tileBytes(layout: ImageLayout): number {
  return layout.tileWidth * layout.tileHeight * samplesOf(layout) * bytesPerPixel(layout.dataType);
}

/** The same bytes, copied only when they do not start on a multiple of the sample size. */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
}

/** Bytes in this machine's order (little endian on every platform Node 24 is locked for). */
function nativeOrder(bytes: Uint8Array, layout: ImageLayout, size: number): Uint8Array {
  // The floating point predictor's bytes have one order in every file.
  if (layout.littleEndian || size === 1 || layout.predictor === 3) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length - (bytes.length % size));
  copy.set(bytes.subarray(0, copy.length));
  if (size === 2) copy.swap16();
  else if (size === 4) copy.swap32();
  else copy.swap64();
  return copy;
}

/**
 * A decoded tile of `rows` rows as `placeTile` takes it: in this machine's order, horizontal differences still in it, as they are
 * undone while samples are placed. `decoded` may be overwritten when `owned`, never otherwise; the answer may share its memory.
 */
export function readyTile(
  decoded: Uint8Array,
  layout: ImageLayout,
  rows: number,
  owned: boolean,
): Uint8Array {
  if (layout.predictor === 3) return finishTile(decoded, layout, rows, owned);
  const size = bytesPerPixel(layout.dataType);
  return aligned(nativeOrder(decoded, layout, size), size);
}

/**
 * Undoes byte order and predictor of a whole decoded tile of `rows` rows. The answer is plain samples in this
 * machine's order; `decoded` may be overwritten when `owned`, never otherwise.
 */
export function finishTile(
  decoded: Uint8Array,
  layout: ImageLayout,
  rows: number,
  owned: boolean,
): Uint8Array {
  const size = bytesPerPixel(layout.dataType);
  const samples = samplesOf(layout);
  const length = layout.tileWidth * samples * rows * size;
  if (layout.predictor === 3) {
    const target = new Uint32Array(length / 4);
    const source = owned ? decoded : new Uint8Array(decoded);
    unshuffle(source, target, layout.tileWidth, samples, rows, size === 8 ? 8 : 4);
    return new Uint8Array(target.buffer);
  }
  let bytes = aligned(nativeOrder(decoded, layout, size), size);
  if (layout.predictor === 1) return bytes.subarray(0, length);
  if (!owned && bytes === decoded) bytes = new Uint8Array(decoded);
  const row = layout.tileWidth * samples;
  for (let sample = 0; sample < samples; sample++)
    accumulate(bytes, bytes, size, {
      from: sample,
      fromRow: row,
      fromStep: samples,
      to: sample,
      toRow: row,
      toStep: samples,
      columns: layout.tileWidth,
      rows,
    });
  return bytes.subarray(0, length);
}

/** Places one band of a tile (`readyTile`) into a window's bytes. */
export function placeTile(
  ready: Uint8Array,
  window: Uint8Array,
  layout: ImageLayout,
  sample: number,
  place: Placement,
): void {
  const size = bytesPerPixel(layout.dataType);
  const strides = stridesOf(layout, sample, place);
  if (layout.predictor === 2) accumulate(ready, window, size, { ...strides, lead: place.tileX });
  else copySamples(ready, window, size, strides);
}

function stridesOf(layout: ImageLayout, sample: number, place: Placement): Strides {
  const samples = samplesOf(layout);
  return {
    from: (place.tileY * layout.tileWidth + place.tileX) * samples + sample,
    fromRow: layout.tileWidth * samples,
    fromStep: samples,
    to: place.windowY * place.windowWidth + place.windowX,
    toRow: place.windowWidth,
    toStep: 1,
    columns: place.columns,
    rows: place.rows,
  };
}

function accumulate(source: Uint8Array, target: Uint8Array, size: number, strides: Strides): void {
  if (size === 1) accumulate8(source, target, strides);
  else if (size === 2) accumulate16(halves(source), halves(target), strides);
  else if (size === 4) accumulate32(words(source), words(target), strides);
  else accumulate64(words(source), words(target), strides);
}
