import { StoreFailure } from '../errors.ts';
import { numbersOf, type Slot } from './slots.ts';
import { readInt8 } from './tuples.ts';

/*
 * Rows as numbers one after another, without the types and lengths that `record_send` writes before each: a season of a parcel comes in
 * a few kilobytes then. Most of the time that the server takes for a row went into writing it.
 */

/**
 * An expression that packs a row of `furrow.signature`: pid (8 bytes), image (4), n (4), the layout (2) where there are several slots,
 * then the numbers of its slot, 4 bytes each. Null, which `string_agg` leaves out, where `v` is too short for the layout.
 * `bind` gives a parameter for a value.
 */
export function packedSignature(slots: readonly Slot[], bind: (value: number) => string): string {
  const floats = (slot: Slot) =>
    numbersOf(slot)
      .numbers.map((number) => `float4send(v[${bind(number)}::integer])`)
      .join(' || ');
  const head = 'int8send(pid) || int8send((image_id::bigint << 32) | n)';
  const [only, ...others] = slots;
  if (only !== undefined && others.length === 0) return `${head} || ${floats(only)}`;
  const cases = slots.map((slot) => `when ${bind(slot.layout.id)}::smallint then ${floats(slot)}`);
  return `${head} || int2send(layout_id) || case layout_id ${cases.join(' ')} end`;
}

/** One row of `packedSignature`; overwritten by the next. */
export interface UnpackedSignature {
  pid: number;
  image: number;
  n: number;
  /** Index of the slot. */
  slot: number;
  /** Where its numbers begin in the view, big-endian floats. */
  at: number;
}

/**
 * Calls `take` for each of `count` packed rows. Throws `StoreFailure` where there are fewer, or other bytes.
 */
export function eachPackedSignature(
  packed: Buffer,
  slots: readonly Slot[],
  count: number,
  take: (row: UnpackedSignature, view: DataView) => void,
): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const sizes = slots.map((slot) => numbersOf(slot).numbers.length * 4);
  const slotOf = new Map(slots.map(({ layout }, index) => [layout.id, index]));
  const head = slots.length > 1 ? 18 : 16;
  const row: UnpackedSignature = { pid: 0, image: 0, n: 0, slot: 0, at: 0 };
  let at = 0;
  let rows = 0;
  for (; at + head <= packed.length; rows++) {
    row.pid = readInt8(view, at);
    row.image = view.getInt32(at + 8);
    row.n = view.getInt32(at + 12);
    if (head > 16) row.slot = slotOf.get(view.getInt16(at + 16)) ?? -1;
    row.at = at + head;
    at = row.at + (sizes[row.slot] ?? Number.POSITIVE_INFINITY);
    if (at <= packed.length) take(row, view);
  }
  if (at !== packed.length) throw new StoreFailure('the store sent a part of a row');
  if (rows !== count)
    throw new StoreFailure(
      `a signature does not fit its layout: it has fewer numbers (so do ${count - rows} of the ${count} rows asked for)`,
    );
}

/**
 * An expression for the rows of `furrow.histogram` under a condition, each packed as pid (8 bytes), image (4), and the pixels of all
 * other classes and of `classes` (4 each). Joined with an empty array the counts are unpacked once a row, and not at each subscript.
 */
export function packedShares(classes: readonly number[], condition: string): string {
  const sum = (wanted: (place: number) => boolean) =>
    Array.from({ length: usual }, (_, place) => place)
      .filter(wanted)
      .map((place) => `coalesce(counts[${place + 1}], 0)`)
      .join(' + ');
  if (classes.some((place) => !Number.isInteger(place) || place < 0 || place >= usual))
    throw new StoreFailure(`one of the classes ${classes.join(', ')} is not among the first ${usual}`);
  const rest = `case when cardinality(counts) > ${usual}
      then coalesce((select sum(k) from unnest(counts[${usual + 1}:]) k), 0)::integer else 0 end`;
  const both = `(((${sum((place) => !classes.includes(place))} + ${rest})::bigint) << 32) | (${sum((place) => classes.includes(place))})`;
  return `(select string_agg(int8send(pid) || int4send(image_id) || int8send(${both}), '') from (
          select pid, image_id, counts || '{}'::integer[] as counts from furrow.histogram where ${condition} offset 0) h)`;
}

/** Classes of a scene classification; more are added up one by one. */
const usual = 12;
const shareBytes = 20;

/** The rows of `packedShares` as histograms of two classes, the second being the wanted ones, for rows that `find` knows (-1: none). */
export function unpackShares(
  packed: Buffer,
  rows: number,
  find: (pid: number, image: number) => number,
): { readonly classes: number; readonly counts: Int32Array } {
  if (packed.length % shareBytes !== 0) throw new StoreFailure('the store sent a part of a row');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const counts = new Int32Array(rows * 2);
  for (let at = 0; at < packed.length; at += shareBytes) {
    const row = find(readInt8(view, at), view.getInt32(at + 8));
    if (row < 0) continue;
    counts[row * 2] = view.getInt32(at + 12);
    counts[row * 2 + 1] = view.getInt32(at + 16);
  }
  return { classes: packed.length === 0 ? 0 : 2, counts };
}
