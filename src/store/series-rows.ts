import { StoreFailure } from '../errors.ts';
import type { Slot } from './series-statement.ts';
import type { BandColumns } from './signature-series.ts';
import { arrayLength, eachTuple, elementAt, readInt8, type Tuple } from './tuples.ts';

/** Numbers in columns that grow. */
class Growing<T extends Float64Array | Float32Array | Int32Array> {
  #array: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#array = make(1024);
  }

  /** The array, with room for `length` numbers. */
  upTo(length: number): T {
    if (length <= this.#array.length) return this.#array;
    const larger = this.#make(Math.max(length, this.#array.length * 2));
    larger.set(this.#array);
    this.#array = larger;
    return larger;
  }
}

const int32 = () => new Growing((length) => new Int32Array(length));

/** Signatures as they come from the store: `pid, image_id, layout_id, n, v`, or `pid, image_id, n` and the numbers in columns. */
export interface SignatureTuples {
  take(chunk: Buffer): void;
  /** Ids of the images that occur. */
  readonly images: ReadonlySet<number>;
  finish(imageRanks: ReadonlyMap<number, number>): SortedRows;
}

/** Rows by parcel, then image; signatures of one parcel and image in several layouts are one row. */
export interface SortedRows {
  readonly rows: number;
  readonly pid: Float64Array;
  /** Rank of the row's image. */
  readonly image: Int32Array;
  /** Per band its columns. */
  readonly bands: readonly BandColumns[];
  /** The row of a parcel on an image, -1 when there is none. */
  find(pid: number, image: number): number;
}

export function signatureTuples(
  slots: readonly Slot[],
  bands: number,
  stats: readonly string[],
): SignatureTuples {
  const width = bands * stats.length;
  const slotOf = new Map(slots.map((slot, index) => [slot.layout.id, index]));
  const lengths = slots.map(({ from, to, picks }) => picks?.length ?? to - from + 1);
  const pids = new Growing((length) => new Float64Array(length));
  const [imageIds, slotIds, counts] = [int32(), int32(), int32()];
  const numbers = new Growing((length) => new Float32Array(length));
  const images = new Set<number>();
  let rows = 0;
  let lastImage: number | undefined;

  function take(tuple: Tuple): void {
    const { view, at } = tuple;
    const image = view.getInt32(at[1] ?? 0);
    const index = slotOf.get(view.getInt16(at[2] ?? 0));
    if (index === undefined) return;
    if (image !== lastImage) images.add(image);
    lastImage = image;
    const pid = readInt8(view, at[0] ?? 0);
    const places = slots[index]?.places ?? [];
    if (arrayLength(tuple, 4) !== lengths[index])
      throw new StoreFailure(
        `parcel ${pid}, image ${image}: the signature does not fit its layout ${slots[index]?.layout.id}`,
      );
    pids.upTo(rows + 1)[rows] = pid;
    imageIds.upTo(rows + 1)[rows] = image;
    slotIds.upTo(rows + 1)[rows] = index;
    counts.upTo(rows + 1)[rows] = view.getInt32(at[3] ?? 0);
    const values = numbers.upTo((rows + 1) * width);
    const first = elementAt(tuple, 4, 0);
    const step = elementAt(tuple, 4, 1) - first;
    for (let k = 0; k < width; k++) {
      const place = places[k] ?? -1;
      values[rows * width + k] = place < 0 ? Number.NaN : view.getFloat32(first + place * step);
    }
    rows++;
  }

  const wide = slots[0]?.columns ? 3 + (slots[0].picks?.length ?? 0) : 0;
  const columns = (slots[0]?.places ?? []).map((place) => (place < 0 ? -1 : 3 + place));

  function takeColumns({ view, at, bytes }: Tuple): void {
    const image = view.getInt32(at[1] ?? 0);
    if (image !== lastImage) images.add(image);
    lastImage = image;
    const pid = readInt8(view, at[0] ?? 0);
    pids.upTo(rows + 1)[rows] = pid;
    imageIds.upTo(rows + 1)[rows] = image;
    slotIds.upTo(rows + 1)[rows] = 0;
    counts.upTo(rows + 1)[rows] = view.getInt32(at[2] ?? 0);
    const values = numbers.upTo((rows + 1) * width);
    for (let k = 0; k < width; k++) {
      const field = columns[k] ?? -1;
      if (field >= 0 && bytes[field] !== 4)
        throw new StoreFailure(
          `parcel ${pid}, image ${image}: the signature does not fit its layout ${slots[0]?.layout.id}`,
        );
      values[rows * width + k] = field < 0 ? Number.NaN : view.getFloat32(at[field] ?? 0);
    }
    rows++;
  }

  function finish(imageRanks: ReadonlyMap<number, number>): SortedRows {
    const pid = pids.upTo(0);
    const ids = imageIds.upTo(0);
    const kept = new Int32Array(rows);
    const ranks = new Int32Array(rows);
    let many = 0;
    for (let t = 0; t < rows; t++) {
      const rank = imageRanks.get(ids[t] ?? -1);
      if (rank === undefined) continue;
      kept[many++] = t;
      ranks[t] = rank;
    }
    const order = sorted(kept.subarray(0, many), pid, ranks, imageRanks.size);
    return assemble({
      order,
      pid,
      ranks,
      slotIds: slotIds.upTo(0),
      counts: counts.upTo(0),
      values: numbers.upTo(0),
    });
  }

  function assemble(from: {
    readonly order: Int32Array;
    readonly pid: Float64Array;
    readonly ranks: Int32Array;
    readonly slotIds: Int32Array;
    readonly counts: Int32Array;
    readonly values: Float32Array;
  }): SortedRows {
    const { order } = from;
    const row = new Int32Array(order.length);
    const pid = new Float64Array(order.length);
    const image = new Int32Array(order.length);
    let count = 0;
    order.forEach((t, i) => {
      const own = from.pid[t] ?? Number.NaN;
      const rank = from.ranks[t] ?? -1;
      if (count === 0 || pid[count - 1] !== own || image[count - 1] !== rank) {
        pid[count] = own;
        image[count] = rank;
        count++;
      }
      row[i] = count - 1;
    });
    const columns = Array.from({ length: bands }, (_, band): BandColumns => {
      const n = new Int32Array(count);
      const own = stats.map(() => new Float32Array(count).fill(Number.NaN));
      const places = slots.map((slot) => slot.places.slice(band * stats.length, (band + 1) * stats.length));
      const has = places.map((list) => list.some((place) => place >= 0));
      order.forEach((t, i) => {
        const slot = from.slotIds[t] ?? 0;
        if (!has[slot]) return;
        const to = row[i] ?? 0;
        n[to] = from.counts[t] ?? 0;
        for (let k = 0; k < own.length; k++)
          if ((places[slot]?.[k] ?? -1) >= 0) {
            const column = own[k];
            if (column !== undefined)
              column[to] = from.values[t * width + band * own.length + k] ?? Number.NaN;
          }
      });
      return { n, stats: Object.fromEntries(stats.map((stat, k) => [stat, own[k] ?? new Float32Array(0)])) };
    });
    const sortedPid = pid.subarray(0, count);
    const sortedImage = image.subarray(0, count);
    return {
      rows: count,
      pid: sortedPid,
      image: sortedImage,
      bands: columns,
      find: (own, rank) => findRow(sortedPid, sortedImage, own, rank),
    };
  }

  return {
    take: (chunk) => (wide > 0 ? eachTuple(chunk, wide, takeColumns) : eachTuple(chunk, 5, take)),
    images,
    finish,
  };
}

/** Numbers of rows by parcel, then image; rows come mostly in runs of one parcel, or sorted as a whole. */
function sorted(rows: Int32Array, pid: Float64Array, ranks: Int32Array, images: number): Int32Array {
  if (ascends(rows, pid, ranks)) return rows;
  const distinct = new Set<number>();
  let last = Number.NaN;
  for (const t of rows) {
    const own = pid[t] ?? Number.NaN;
    if (own !== last) distinct.add(own);
    last = own;
  }
  const place = new Map([...Float64Array.from(distinct).sort()].map((own, index) => [own, index]));
  const parcel = new Int32Array(ranks.length);
  last = Number.NaN;
  let current = 0;
  for (const t of rows) {
    const own = pid[t] ?? Number.NaN;
    if (own !== last) current = place.get(own) ?? 0;
    last = own;
    parcel[t] = current;
  }
  return counted(counted(rows, ranks, images), parcel, place.size);
}

function ascends(rows: Int32Array, pid: Float64Array, ranks: Int32Array): boolean {
  for (let i = 1; i < rows.length; i++) {
    const [a = 0, b = 0] = [rows[i - 1], rows[i]];
    const [before = 0, after = 0] = [pid[a], pid[b]];
    if (before > after || (before === after && (ranks[a] ?? 0) > (ranks[b] ?? 0))) return false;
  }
  return true;
}

/** A stable counting sort of `rows` by key, 0 to `keys` - 1. */
function counted(rows: Int32Array, key: Int32Array, keys: number): Int32Array {
  const start = new Int32Array(keys + 1);
  for (const t of rows) start[(key[t] ?? 0) + 1] = (start[(key[t] ?? 0) + 1] ?? 0) + 1;
  for (let k = 0; k < keys; k++) start[k + 1] = (start[k + 1] ?? 0) + (start[k] ?? 0);
  const result = new Int32Array(rows.length);
  for (const t of rows) {
    const k = key[t] ?? 0;
    const to = start[k] ?? 0;
    result[to] = t;
    start[k] = to + 1;
  }
  return result;
}

function findRow(pid: Float64Array, image: Int32Array, own: number, rank: number): number {
  let low = 0;
  let high = pid.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const difference = (pid[middle] ?? 0) - own || (image[middle] ?? 0) - rank;
    if (difference === 0) return middle;
    if (difference < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
