/**
 * Puts numbers of rows into the order of their parcels (`pid`), then of their images (`ranks`, below `images`), both by
 * number of row; equal ones keep their order. The answer may be `rows` itself.
 */
export function byParcelAndImage(
  rows: Int32Array,
  pid: Float64Array,
  ranks: Int32Array,
  images: number,
): Int32Array {
  if (ascends(rows, pid, ranks)) return rows;
  const { places, count } = parcelPlaces(rows, pid);
  return counted(counted(rows, ranks, images), places, count);
}

function ascends(rows: Int32Array, pid: Float64Array, ranks: Int32Array): boolean {
  for (let i = 1; i < rows.length; i++) {
    const a = rows[i - 1] as number;
    const b = rows[i] as number;
    const before = pid[a] as number;
    const after = pid[b] as number;
    if (before > after || (before === after && (ranks[a] as number) > (ranks[b] as number))) return false;
  }
  return true;
}

/** How many times as many numbers as rows may lie between the smallest and the largest pid for a table of all of them. */
const mostSpread = 16;

/** Per row (by number) the place of its parcel among all, in the order of pids. */
function parcelPlaces(rows: Int32Array, pid: Float64Array): { places: Int32Array; count: number } {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.length; i++) {
    const own = pid[rows[i] as number] as number;
    if (own < least) least = own;
    if (own > most) most = own;
  }
  const places = new Int32Array(pid.length);
  if (most - least >= rows.length * mostSpread) return sparsePlaces(rows, pid, places);
  const table = new Int32Array(most - least + 1);
  for (let i = 0; i < rows.length; i++) table[(pid[rows[i] as number] as number) - least] = 1;
  let count = 0;
  for (let k = 0; k < table.length; k++) if (table[k] === 1) table[k] = count++;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    places[row] = table[(pid[row] as number) - least] as number;
  }
  return { places, count };
}

function sparsePlaces(
  rows: Int32Array,
  pid: Float64Array,
  places: Int32Array,
): { places: Int32Array; count: number } {
  const place = new Map<number, number>();
  for (const row of rows) place.set(pid[row] as number, 0);
  const ordered = Float64Array.from(place.keys()).sort();
  for (const [index, own] of ordered.entries()) place.set(own, index);
  for (const row of rows) places[row] = place.get(pid[row] as number) ?? 0;
  return { places, count: ordered.length };
}

/** A stable counting sort of `rows` by key, 0 to `keys` - 1. */
function counted(rows: Int32Array, key: Int32Array, keys: number): Int32Array {
  const next = new Int32Array(keys + 1);
  for (let i = 0; i < rows.length; i++) {
    const after = (key[rows[i] as number] as number) + 1;
    next[after] = (next[after] as number) + 1;
  }
  for (let k = 1; k <= keys; k++) next[k] = (next[k] as number) + (next[k - 1] as number);
  const result = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const k = key[row] as number;
    const to = next[k] as number;
    result[to] = row;
    next[k] = to + 1;
  }
  return result;
}
