/**
 * Copies of sample rows by the width of a sample. All positions count samples of the view, `step` is the distance of
 * neighbouring pixels of one band: 1, or the number of bands where the samples of a pixel stand together.
 * One function a width keeps each loop on one array class.
 */
export interface Strides {
  readonly from: number;
  readonly fromRow: number;
  readonly fromStep: number;
  readonly to: number;
  readonly toRow: number;
  readonly toStep: number;
  readonly columns: number;
  readonly rows: number;
  /** Pixels of each row before `from` whose differences count too; they are not written. */
  readonly lead?: number | undefined;
}

/*
 * Rows are functions of their own: V8 compiles what is called often sooner, and better, than what loops long.
 */

/** Undoes horizontal differencing (TIFF 6.0 section 14) of one band; `source` and `target` may be the same. */
export function accumulate8(source: Uint8Array, target: Uint8Array, s: Strides): void {
  for (let row = 0; row < s.rows; row++)
    accumulateRow8(source, target, s.from + row * s.fromRow, s.to + row * s.toRow, s);
}

function accumulateRow8(source: Uint8Array, target: Uint8Array, from: number, to: number, s: Strides): void {
  const { columns, fromStep, toStep, lead = 0 } = s;
  let sum = 0;
  for (let left = lead, i = from - lead * fromStep; left > 0; left--, i += fromStep)
    sum = (sum + (source[i] as number)) | 0;
  for (let column = 0, i = from, o = to; column < columns; column++, i += fromStep, o += toStep) {
    sum = (sum + (source[i] as number)) | 0;
    target[o] = sum;
  }
}

export function accumulate16(source: Uint16Array, target: Uint16Array, s: Strides): void {
  if (!liesInPairs(source, target, s)) {
    for (let row = 0; row < s.rows; row++)
      accumulateRow16(source, target, s.from + row * s.fromRow, s.to + row * s.toRow, s);
    return;
  }
  const { lead = 0 } = s;
  const from = pairs(source);
  const to = pairs(target);
  for (let row = 0; row < s.rows; row++)
    accumulatePairs(
      from,
      to,
      (s.from + row * s.fromRow) / 2,
      (s.to + row * s.toRow) / 2,
      s.columns / 2,
      lead / 2,
    );
}

function accumulateRow16(
  source: Uint16Array,
  target: Uint16Array,
  from: number,
  to: number,
  s: Strides,
): void {
  const { columns, fromStep, toStep, lead = 0 } = s;
  let sum = 0;
  for (let left = lead, i = from - lead * fromStep; left > 0; left--, i += fromStep)
    sum = (sum + (source[i] as number)) | 0;
  for (let column = 0, i = from, o = to; column < columns; column++, i += fromStep, o += toStep) {
    sum = (sum + (source[i] as number)) | 0;
    target[o] = sum;
  }
}

/** Whether all rows lie on whole words on both sides. */
function liesInPairs(source: Uint16Array, target: Uint16Array, s: Strides): boolean {
  const places = s.from | s.fromRow | s.to | s.toRow | s.columns | (s.lead ?? 0);
  const starts = source.byteOffset | target.byteOffset;
  return s.fromStep === 1 && s.toStep === 1 && (places & 1) === 0 && (starts & 3) === 0;
}

function pairs({ buffer, byteOffset, length }: Uint16Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length >> 1);
}

/** One row, two samples a word (little endian): half the loads and stores. */
function accumulatePairs(
  source: Int32Array,
  target: Int32Array,
  from: number,
  to: number,
  count: number,
  lead: number,
): void {
  let i = from | 0;
  let o = to | 0;
  const end = (i + count) | 0;
  let sum = 0;
  for (let j = (i - lead) | 0; j < i; j = (j + 1) | 0) {
    const pair = source[j] as number;
    sum = (pair + (pair << 16) + sum) & 0xffff0000;
  }
  while (i < end) {
    const pair = source[i] as number;
    // The upper sample is both differences and the sum before, which stands in the upper half of `sum`.
    const upper = (pair + (pair << 16) + sum) & 0xffff0000;
    target[o] = upper | ((pair + (sum >>> 16)) & 0xffff);
    sum = upper;
    i = (i + 1) | 0;
    o = (o + 1) | 0;
  }
}

export function accumulate32(source: Uint32Array, target: Uint32Array, s: Strides): void {
  for (let row = 0; row < s.rows; row++)
    accumulateRow32(source, target, s.from + row * s.fromRow, s.to + row * s.toRow, s);
}

function accumulateRow32(
  source: Uint32Array,
  target: Uint32Array,
  from: number,
  to: number,
  s: Strides,
): void {
  const { columns, fromStep, toStep, lead = 0 } = s;
  let sum = 0;
  for (let left = lead, i = from - lead * fromStep; left > 0; left--, i += fromStep)
    sum = (sum + (source[i] as number)) | 0;
  for (let column = 0, i = from, o = to; column < columns; column++, i += fromStep, o += toStep) {
    sum = (sum + (source[i] as number)) | 0;
    target[o] = sum;
  }
}

/** 64-bit samples as pairs of words, low word first; strides still count samples. */
export function accumulate64(source: Uint32Array, target: Uint32Array, s: Strides): void {
  const { columns, fromStep, toStep, lead = 0 } = s;
  for (let row = 0; row < s.rows; row++) {
    let i = (s.from + row * s.fromRow - lead * fromStep) * 2;
    let o = (s.to + row * s.toRow) * 2;
    let low = 0;
    let high = 0;
    for (let column = -lead; column < columns; column++, i += fromStep * 2) {
      const sum = low + (source[i] as number);
      high = (high + (source[i + 1] as number) + (sum > 0xffffffff ? 1 : 0)) >>> 0;
      low = sum >>> 0;
      if (column < 0) continue;
      target[o] = low;
      target[o + 1] = high;
      o += toStep * 2;
    }
  }
}

/**
 * Undoes the floating point predictor (Adobe's TIFF Technical Note 3): bytes are differenced along the whole row and
 * stand in planes, most significant first. `source` is written into; rows of `columns * samples` numbers of `width` bytes.
 */
export function unshuffle(
  source: Uint8Array,
  target: Uint32Array,
  columns: number,
  samples: number,
  rows: number,
  width: 4 | 8,
): void {
  const n = columns * samples;
  for (let row = 0; row < rows; row++) {
    const start = row * n * width;
    const end = start + n * width;
    for (let i = start + samples; i < end; i++)
      source[i] = (source[i] as number) + (source[i - samples] as number);
    if (width === 4) {
      for (let i = 0, at = start; i < n; i++, at++) target[row * n + i] = wordAt(source, at, n);
    } else {
      for (let i = 0, at = start, o = row * n * 2; i < n; i++, at++, o += 2) {
        target[o] = wordAt(source, at + 4 * n, n);
        target[o + 1] = wordAt(source, at, n);
      }
    }
  }
}

function wordAt(bytes: Uint8Array, at: number, plane: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + plane] as number) << 16) |
    ((bytes[at + 2 * plane] as number) << 8) |
    (bytes[at + 3 * plane] as number)
  );
}
