import { InvalidArgument } from '../errors.ts';
import type { PixelArray } from './pixels.ts';

/** How pixels lie in blocks: the tiles of a level, or the parts in which it is read. */
export interface BlockGrid {
  /** Pixels of the level. */
  readonly width: number;
  readonly height: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
}

/**
 * Chosen pixels of a level, filed by the blocks in which they lie, each with its place in one array of `pixels` values.
 * Made once, used for every band and date. The arrays are shared memory: another thread gets them without a copy.
 */
export interface Picks extends BlockGrid {
  /** Pixels chosen, and so the length of the array that takes them. */
  readonly pixels: number;
  /** Numbers (row by row of the grid of blocks) of the blocks with chosen pixels, ascending. */
  readonly blocks: Int32Array;
  /** Row `r` of block `i` of `blocks` has the runs `starts[i * blockHeight + r]` to the one after. */
  readonly starts: Int32Array;
  /** Triples by row and column: first and end column, place of the first pixel. Columns count from the block's first. */
  readonly runs: Int32Array;
  /** Where the chosen pixels are those of another grid laid on this one: its columns by columns of that grid, which `runs` count. */
  readonly columns?: Int32Array | undefined;
}

/** Another grid on the blocks: the column (row) here of each column (row) there, -1 where it lies outside. */
export interface GridMap {
  readonly columns: Int32Array;
  readonly rows: Int32Array;
}

export interface PickRequest {
  readonly level?: number | undefined;
  readonly picks: Picks;
  /** Band numbers (from 0) and the arrays of the raster's type, `picks.pixels` long, that take them. */
  readonly targets: readonly { readonly band: number; readonly into: PixelArray }[];
  /**
   * Gives the next batch to be done, 0 to `pickBatches(picks) - 1`, and anything above when none is left; several threads
   * that share the target claim from one counter. All batches in turn when left out.
   */
  readonly claim?: (() => number) | undefined;
  /** Told of each batch when all of its pixels are in their places. */
  readonly onBatch?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An array of whole numbers in shared memory. */
export function sharedIntegers(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * 4));
}

/**
 * Files runs `[row, firstColumn, endColumn)` by blocks. Places are given in the order of the runs, so the pixels of whoever
 * had neighbouring runs stand together. With `map` the runs are those of another grid. Throws `InvalidArgument` for a
 * run outside of the grid.
 */
export function filePicks(runs: Int32Array, grid: BlockGrid, map?: GridMap): Picks {
  const { width, height, blockWidth, blockHeight } = grid;
  const across = Math.ceil(width / blockWidth);
  const numbers = new Int32Array(across * Math.ceil(height / blockHeight)).fill(-1);
  const most = { columns: map?.columns.length ?? width, rows: map?.rows.length ?? height };
  let parts = 0;
  const pixels = eachPart(runs, grid, map, most, (block) => {
    numbers[block] = 0;
    parts++;
  });
  let filled = 0;
  for (let block = 0; block < numbers.length; block++) if (numbers[block] === 0) numbers[block] = filled++;
  const blocks = sharedIntegers(filled);
  for (let block = 0; block < numbers.length; block++)
    if ((numbers[block] as number) >= 0) blocks[numbers[block] as number] = block;

  const starts = sharedIntegers(filled * blockHeight + 1);
  eachPart(runs, grid, map, most, (block, row) => {
    starts[(numbers[block] as number) * blockHeight + row + 1]! += 1;
  });
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1] as number;
  const next = starts.slice(0, -1);
  const filed = sharedIntegers(parts * 3);
  eachPart(runs, grid, map, most, (block, row, first, end, place) => {
    const at = next[(numbers[block] as number) * blockHeight + row]!++ * 3;
    filed[at] = first;
    filed[at + 1] = end;
    filed[at + 2] = place;
  });
  for (let i = 1; i < starts.length; i++) sortRow(filed, starts[i - 1] as number, starts[i] as number);
  return { ...grid, pixels, blocks, starts, runs: filed, ...(map && { columns: map.columns }) };
}

type Part = (block: number, row: number, first: number, end: number, place: number) => void;

/** Cuts runs where blocks meet and tells each part; gives the pixels of all runs. */
function eachPart(
  runs: Int32Array,
  { width, blockWidth, blockHeight }: BlockGrid,
  map: GridMap | undefined,
  most: { readonly columns: number; readonly rows: number },
  tell: Part,
): number {
  const across = Math.ceil(width / blockWidth);
  let place = 0;
  for (let at = 0; at < runs.length; at += 3) {
    const row = runs[at] as number;
    const first = runs[at + 1] as number;
    const end = runs[at + 2] as number;
    if (row < 0 || row >= most.rows || first < 0 || end > most.columns || end < first)
      throw new InvalidArgument(`the pixels ${first} to ${end} of row ${row} lie outside of the grid`);
    if (map !== undefined) eachMapped(map, row, first, end, place, blockWidth, blockHeight, across, tell);
    else {
      const down = Math.floor(row / blockHeight);
      for (let from = first; from < end; ) {
        const column = Math.floor(from / blockWidth);
        const left = column * blockWidth;
        const to = Math.min(end, left + blockWidth);
        tell(down * across + column, row - down * blockHeight, from - left, to - left, place + from - first);
        from = to;
      }
    }
    place += end - first;
  }
  return place;
}

function eachMapped(
  { columns, rows }: GridMap,
  row: number,
  first: number,
  end: number,
  place: number,
  blockWidth: number,
  blockHeight: number,
  across: number,
  tell: Part,
): void {
  const source = rows[row] as number;
  if (source < 0) return;
  const down = Math.floor(source / blockHeight);
  for (let from = first; from < end; ) {
    const column = columns[from] as number;
    const block = Math.floor(column / blockWidth);
    let to = from + 1;
    while (to < end && Math.floor((columns[to] as number) / blockWidth) === block) to++;
    if (column >= 0) tell(down * across + block, source - down * blockHeight, from, to, place + from - first);
    from = to;
  }
}

/** By first column; a row of one block seldom has more than a few runs. */
function sortRow(runs: Int32Array, from: number, to: number): void {
  if (to - from > 64) {
    const sorted = Array.from({ length: to - from }, (_, i) =>
      runs.slice((from + i) * 3, (from + i) * 3 + 3),
    );
    sorted.sort((one, other) => (one[0] as number) - (other[0] as number));
    for (const [i, run] of sorted.entries()) runs.set(run, (from + i) * 3);
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const [first, end, place] = [runs[i * 3], runs[i * 3 + 1], runs[i * 3 + 2]] as [number, number, number];
    let j = i - 1;
    for (; j >= from && (runs[j * 3] as number) > first; j--) runs.copyWithin(j * 3 + 3, j * 3, j * 3 + 3);
    runs[j * 3 + 3] = first;
    runs[j * 3 + 4] = end;
    runs[j * 3 + 5] = place;
  }
}
