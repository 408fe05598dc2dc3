import { StoreFailure } from '../errors.ts';
import { eachPackedSignature } from './packed-rows.ts';
import { byParcelAndImage } from './row-order.ts';
import type { BandColumns } from './signature-series.ts';
import { numbersOf, type Slot } from './slots.ts';
import { arrayLength, eachTuple, elementAt, readInt8, type Tuple } from './tuples.ts';

/** Rows in columns that grow together, `width` numbers of `values` a row. */
class Columns {
  readonly width: number;
  rows = 0;
  pid = new Float64Array(0);
  /** Ids of the images. */
  image = new Int32Array(0);
  slot = new Int32Array(0);
  n = new Int32Array(0);
  values = new Float32Array(0);

  constructor(width: number) {
    this.width = width;
  }

  /** Makes room for so many more rows. */
  reserve(rows: number): void {
    if (this.rows + rows > this.pid.length) this.#grow(this.rows + rows);
  }

  /** The number of a new row. */
  add(): number {
    if (this.rows === this.pid.length) this.#grow(Math.max(1024, this.rows * 2));
    return this.rows++;
  }

  /** Moves the columns into larger memory, that of before is given back at once. */
  #grow(room: number): void {
    this.pid = new Float64Array(this.pid.buffer.transfer(room * 8));
    this.image = new Int32Array(this.image.buffer.transfer(room * 4));
    this.slot = new Int32Array(this.slot.buffer.transfer(room * 4));
    this.n = new Int32Array(this.n.buffer.transfer(room * 4));
    this.values = new Float32Array(this.values.buffer.transfer(room * this.width * 4));
  }
}

/** Signatures as they come from the store: `pid, image_id, layout_id, n, v`, or `pid, image_id, n` and the numbers in columns. */
export interface SignatureTuples {
  take(chunk: Buffer): void;
  /** Takes `count` rows of `packedSignature` instead. */
  takePacked(packed: Buffer, count: number): void;
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
  const columns = new Columns(width);
  const images = new Set<number>();
  let lastImage: number | undefined;

  function begin({ view, at }: Tuple, slot: number, n: number): number {
    return enter(readInt8(view, at[0] as number), view.getInt32(at[1] as number), slot, n);
  }

  /** Enters all of a row but its numbers. */
  function enter(pid: number, image: number, slot: number, n: number): number {
    const row = columns.add();
    if (image !== lastImage) images.add(image);
    lastImage = image;
    columns.pid[row] = pid;
    columns.image[row] = image;
    columns.slot[row] = slot;
    columns.n[row] = n;
    return row;
  }

  function misfit(row: number): StoreFailure {
    const layout = slots[columns.slot[row] ?? 0]?.layout.id;
    return new StoreFailure(
      `parcel ${columns.pid[row]}, image ${columns.image[row]}: the signature does not fit its layout ${layout}`,
    );
  }

  function take(tuple: Tuple): void {
    const { view, at } = tuple;
    const slot = slotOf.get(view.getInt16(at[2] as number));
    if (slot === undefined) return;
    const row = begin(tuple, slot, view.getInt32(at[3] as number));
    if (arrayLength(tuple, 4) !== lengths[slot]) throw misfit(row);
    const places = slots[slot]?.places ?? [];
    const first = elementAt(tuple, 4, 0);
    const step = elementAt(tuple, 4, 1) - first;
    for (let k = 0; k < width; k++) {
      const place = places[k] ?? -1;
      columns.values[row * width + k] = place < 0 ? Number.NaN : view.getFloat32(first + place * step);
    }
  }

  function takePacked(packed: Buffer, count: number): void {
    const placesOf = slots.map((slot) => numbersOf(slot).places);
    columns.reserve(count);
    const { values } = columns;
    eachPackedSignature(packed, slots, count, ({ pid, image, n, slot, at }, view) => {
      const row = enter(pid, image, slot, n);
      const places = placesOf[slot] as readonly number[];
      for (let k = 0; k < width; k++) {
        const place = places[k] as number;
        values[row * width + k] = place < 0 ? Number.NaN : view.getFloat32(at + place * 4);
      }
    });
  }

  const wide = slots[0]?.columns ? 3 + (slots[0].picks?.length ?? 0) : 0;
  const fields = (slots[0]?.places ?? []).map((place) => (place < 0 ? -1 : 3 + place));

  function takeColumns(tuple: Tuple): void {
    const { view, at, bytes } = tuple;
    const row = begin(tuple, 0, view.getInt32(at[2] as number));
    const { values } = columns;
    for (let k = 0; k < width; k++) {
      const field = fields[k] as number;
      if (field >= 0 && bytes[field] !== 4) throw misfit(row);
      values[row * width + k] = field < 0 ? Number.NaN : view.getFloat32(at[field] as number);
    }
  }

  function finish(imageRanks: ReadonlyMap<number, number>): SortedRows {
    const { rows, image } = columns;
    const kept = new Int32Array(rows);
    const ranks = new Int32Array(rows);
    let many = 0;
    let last = -1;
    let rank: number | undefined;
    for (let t = 0; t < rows; t++) {
      const id = image[t] as number;
      if (id !== last) rank = imageRanks.get(id);
      last = id;
      if (rank === undefined) continue;
      kept[many++] = t;
      ranks[t] = rank;
    }
    const order = byParcelAndImage(kept.subarray(0, many), columns.pid, ranks, imageRanks.size);
    return assemble(order, ranks);
  }

  function assemble(order: Int32Array, ranks: Int32Array): SortedRows {
    const row = new Int32Array(order.length);
    const pid = new Float64Array(order.length);
    const image = new Int32Array(order.length);
    let count = 0;
    for (let i = 0; i < order.length; i++) {
      const t = order[i] as number;
      const own = columns.pid[t] as number;
      const rank = ranks[t] as number;
      if (count === 0 || pid[count - 1] !== own || image[count - 1] !== rank) {
        pid[count] = own;
        image[count] = rank;
        count++;
      }
      row[i] = count - 1;
    }
    const sortedPid = pid.subarray(0, count);
    const sortedImage = image.subarray(0, count);
    return {
      rows: count,
      pid: sortedPid,
      image: sortedImage,
      bands: Array.from({ length: bands }, (_, band) => bandColumns(band, order, row, count)),
      find: (own, rank) => findRow(sortedPid, sortedImage, own, rank),
    };
  }

  /** One band's numbers of the rows in `order`, each at its place in `row`. */
  function bandColumns(band: number, order: Int32Array, row: Int32Array, count: number): BandColumns {
    const n = new Int32Array(count);
    const own = stats.map(() => new Float32Array(count).fill(Number.NaN));
    const base = band * stats.length;
    const { slot, values } = columns;
    for (const [index, { places }] of slots.entries()) {
      const present = own.flatMap((column, k) =>
        (places[base + k] ?? -1) < 0 ? [] : [{ column, from: base + k }],
      );
      if (present.length === 0) continue;
      for (let i = 0; i < order.length; i++) {
        const t = order[i] as number;
        if (slot[t] === index) n[row[i] as number] = columns.n[t] as number;
      }
      for (const { column, from } of present)
        for (let i = 0; i < order.length; i++) {
          const t = order[i] as number;
          if (slot[t] === index) column[row[i] as number] = values[t * width + from] as number;
        }
    }
    return { n, stats: Object.fromEntries(stats.map((stat, k) => [stat, own[k] ?? new Float32Array(0)])) };
  }

  return {
    takePacked,
    take: (chunk) => (wide > 0 ? eachTuple(chunk, wide, takeColumns) : eachTuple(chunk, 5, take)),
    images,
    finish,
  };
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
