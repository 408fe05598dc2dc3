import type { Picks } from './picks.ts';

/** One block's samples and how they lie: `step` is the distance of neighbouring pixels of a band, `sample` the first one's place. */
export interface BlockSamples {
  /** Position in `Picks.blocks`. */
  readonly position: number;
  readonly rows: number;
  /** Samples a row. */
  readonly rowLength: number;
  readonly step: number;
  readonly sample: number;
}

type Samples = Uint8Array | Uint16Array | Uint32Array;

/** Copies the chosen pixels of one band of a block to their places. */
export function copyPicks<T extends Samples>(source: T, target: T, picks: Picks, block: BlockSamples): void {
  const { starts, runs, blockHeight } = picks;
  const { rowLength, step } = block;
  const key = block.position * blockHeight;
  for (let row = 0; row < block.rows; row++) {
    const end = (starts[key + row + 1] as number) * 3;
    const from = row * rowLength + block.sample;
    for (let run = (starts[key + row] as number) * 3; run < end; run += 3) {
      let i = from + (runs[run] as number) * step;
      let to = runs[run + 2] as number;
      for (let column = runs[run] as number; column < (runs[run + 1] as number); column++, i += step)
        target[to++] = source[i] as number;
    }
  }
}

/** The same for 64-bit samples as pairs of words: numbers would not keep every bit. */
export function copyWidePicks(
  source: Uint32Array,
  target: Uint32Array,
  { starts, runs, blockHeight, columns }: Picks,
  block: BlockSamples,
  left: number,
): void {
  const { rowLength, step } = block;
  const key = block.position * blockHeight;
  for (let row = 0; row < block.rows; row++) {
    const end = (starts[key + row + 1] as number) * 3;
    const from = row * rowLength + block.sample;
    for (let run = (starts[key + row] as number) * 3; run < end; run += 3) {
      let to = (runs[run + 2] as number) * 2;
      for (let column = runs[run] as number; column < (runs[run + 1] as number); column++) {
        const i = (from + (columns === undefined ? column : (columns[column] as number) - left) * step) * 2;
        target[to++] = source[i] as number;
        target[to++] = source[i + 1] as number;
      }
    }
  }
}

/** The same for the pixels of another grid: `left` is the block's first column. */
export function copyMappedPicks<T extends Samples>(
  source: T,
  target: T,
  { starts, runs, blockHeight }: Picks,
  columns: Int32Array,
  block: BlockSamples,
  left: number,
): void {
  const { rowLength, step } = block;
  const key = block.position * blockHeight;
  for (let row = 0; row < block.rows; row++) {
    const end = (starts[key + row + 1] as number) * 3;
    const from = row * rowLength + block.sample - left * step;
    for (let run = (starts[key + row] as number) * 3; run < end; run += 3) {
      let to = runs[run + 2] as number;
      for (let column = runs[run] as number; column < (runs[run + 1] as number); column++)
        target[to++] = source[from + (columns[column] as number) * step] as number;
    }
  }
}

/**
 * Copies the chosen pixels of one band of a block whose samples are differences along rows (TIFF 6.0 section 14): these are
 * summed up only in rows with chosen pixels, to the last of them. 8 and 32 bits.
 */
export function sumPicks(
  source: Uint8Array | Uint32Array,
  target: Uint8Array | Uint32Array,
  { starts, runs, blockHeight }: Picks,
  block: BlockSamples,
): void {
  const { rowLength, step } = block;
  const key = block.position * blockHeight;
  for (let row = 0; row < block.rows; row++) {
    const end = (starts[key + row + 1] as number) * 3;
    const from = row * rowLength + block.sample;
    let i = from;
    let column = 0;
    let sum = 0;
    for (let run = (starts[key + row] as number) * 3; run < end; run += 3) {
      const first = runs[run] as number;
      const last = runs[run + 1] as number;
      // Parcels that overlap: back to the start of the row.
      if (first < column) {
        i = from;
        column = 0;
        sum = 0;
      }
      for (; column < first; column++, i += step) sum = (sum + (source[i] as number)) | 0;
      for (let to = runs[run + 2] as number; column < last; column++, i += step) {
        sum = (sum + (source[i] as number)) | 0;
        target[to++] = sum;
      }
    }
  }
}

/** The same for 16 bits, a function of its own to be compiled for one class of arrays; gaps are summed by fours. */
export function sumPicks16(
  source: Uint16Array,
  target: Uint16Array,
  { starts, runs, blockHeight }: Picks,
  block: BlockSamples,
): void {
  const { rowLength, step } = block;
  const key = block.position * blockHeight;
  const two = 2 * step;
  const three = 3 * step;
  const four = 4 * step;
  for (let row = 0; row < block.rows; row++) {
    const end = (starts[key + row + 1] as number) * 3;
    const from = row * rowLength + block.sample;
    let i = from;
    let column = 0;
    let sum = 0;
    for (let run = (starts[key + row] as number) * 3; run < end; run += 3) {
      const first = runs[run] as number;
      const last = runs[run + 1] as number;
      if (first < column) {
        i = from;
        column = 0;
        sum = 0;
      }
      for (; column + 4 <= first; column += 4, i += four)
        sum =
          (sum +
            ((source[i] as number) +
              (source[i + step] as number) +
              (source[i + two] as number) +
              (source[i + three] as number))) |
          0;
      for (; column < first; column++, i += step) sum = (sum + (source[i] as number)) | 0;
      for (let to = runs[run + 2] as number; column < last; column++, i += step) {
        sum = (sum + (source[i] as number)) | 0;
        target[to++] = sum;
      }
    }
  }
}
