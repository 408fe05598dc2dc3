/** Maps a point of the target's pixel space to the source's; not finite where there is no image. */
export type PixelTransform = (column: number, row: number) => readonly [column: number, row: number];

/** GDAL's default for approximated warps (gdalwarp -et): an eighth of a source pixel. */
export const APPROXIMATION_ERROR = 0.125;
/** Blocks start at this side and are quartered where a plane does not fit well enough. */
const BLOCK = 64;
/** Smaller blocks are transformed point by point. */
const SMALLEST = 4;

/** Source coordinates of a lattice of points, row after row. */
export interface Coordinates {
  readonly columns: Float64Array;
  readonly rows: Float64Array;
}

type Corner = readonly [column: number, row: number];

/**
 * Source coordinates of the points (left + i, top + j), i < width, j < height. Blocks whose middle points (centre and
 * edges) are met within `maxError` source pixels by interpolation between their corners are interpolated, others divided;
 * 0 transforms every point exactly. Points without an image get NaN.
 */
export function transformPoints(
  transform: PixelTransform,
  left: number,
  top: number,
  width: number,
  height: number,
  maxError: number = APPROXIMATION_ERROR,
): Coordinates {
  const result = { columns: new Float64Array(width * height), rows: new Float64Array(width * height) };
  const at = (i: number, j: number): Corner => transform(left + i, top + j);
  const side = maxError > 0 ? BLOCK : 1;
  for (let j = 0; j < height; j += side)
    for (let i = 0; i < width; i += side)
      fill(result, width, at, i, j, Math.min(width - 1, i + side), Math.min(height - 1, j + side), maxError);
  return result;
}

/** Fills the points of the block with the corners included, so that neighbours meet. */
function fill(
  result: Coordinates,
  width: number,
  at: (i: number, j: number) => Corner,
  i0: number,
  j0: number,
  i1: number,
  j1: number,
  maxError: number,
): void {
  const across = i1 - i0;
  const down = j1 - j0;
  if (maxError <= 0 || (across < SMALLEST && down < SMALLEST)) {
    for (let j = j0; j <= j1; j++) for (let i = i0; i <= i1; i++) put(result, j * width + i, at(i, j));
    return;
  }
  const corners: Corners = [at(i0, j0), at(i1, j0), at(i0, j1), at(i1, j1)];
  if (fits(corners, at, i0, j0, across, down, maxError)) {
    interpolate(result, width, corners, i0, j0, across, down);
    return;
  }
  const middleI = across < SMALLEST ? i1 : i0 + (across >> 1);
  const middleJ = down < SMALLEST ? j1 : j0 + (down >> 1);
  fill(result, width, at, i0, j0, middleI, middleJ, maxError);
  if (middleI < i1) fill(result, width, at, middleI, j0, i1, middleJ, maxError);
  if (middleJ < j1) fill(result, width, at, i0, middleJ, middleI, j1, maxError);
  if (middleI < i1 && middleJ < j1) fill(result, width, at, middleI, middleJ, i1, j1, maxError);
}

type Corners = readonly [Corner, Corner, Corner, Corner];

function mix([a, b, c, d]: Corners, u: number, v: number): Corner {
  const weights = [(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v] as const;
  const sum = (k: 0 | 1): number =>
    a[k] * weights[0] + b[k] * weights[1] + c[k] * weights[2] + d[k] * weights[3];
  return [sum(0), sum(1)];
}

function fits(
  corners: Corners,
  at: (i: number, j: number) => Corner,
  i0: number,
  j0: number,
  across: number,
  down: number,
  maxError: number,
): boolean {
  // The error of a smooth map is largest near these points; half the bound leaves room for the points between them.
  for (const [u, v] of [
    [0.5, 0.5],
    [0.5, 0],
    [0.5, 1],
    [0, 0.5],
    [1, 0.5],
  ] as const) {
    const [column, row] = at(i0 + u * across, j0 + v * down);
    const [guessColumn, guessRow] = mix(corners, u, v);
    const error = Math.hypot(column - guessColumn, row - guessRow);
    if (!(error <= maxError / 2)) return false;
  }
  return true;
}

function interpolate(
  result: Coordinates,
  width: number,
  corners: Corners,
  i0: number,
  j0: number,
  across: number,
  down: number,
): void {
  const { columns, rows } = result;
  for (let j = 0; j <= down; j++) {
    const v = down === 0 ? 0 : j / down;
    const [startColumn, startRow] = mix(corners, 0, v);
    const [endColumn, endRow] = mix(corners, 1, v);
    const stepColumn = across === 0 ? 0 : (endColumn - startColumn) / across;
    const stepRow = across === 0 ? 0 : (endRow - startRow) / across;
    const o = (j0 + j) * width + i0;
    for (let i = 0; i <= across; i++) {
      columns[o + i] = startColumn + i * stepColumn;
      rows[o + i] = startRow + i * stepRow;
    }
  }
}

function put({ columns, rows }: Coordinates, o: number, [column, row]: Corner): void {
  const known = Number.isFinite(column) && Number.isFinite(row);
  columns[o] = known ? column : Number.NaN;
  rows[o] = known ? row : Number.NaN;
}
