import { InvalidArgument } from '../errors.ts';
import { transformBBox, transformer } from '../geometry/crs.ts';
import { type Grid, gridBounds } from '../geometry/grid.ts';
import { checkLimit, limit } from '../limits.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import { sourceWindow } from '../raster/resample.ts';
import { pixelTransform, type WarpMethod, warp } from '../raster/warp.ts';
import { type Cube, cubeGrid, type Horizontal, makeCube } from './cube.ts';
import { evaluatePlanes, peakPlanes } from './evaluate-planes.ts';
import { type Column, derivedPlane, type PixelKind, type PlaneGroup } from './plane.ts';

/** Source pixels read around a window, in target pixels where these are larger: the neighbours that kernels ask. */
const MARGIN = 2;

/** Methods whose results are values of pixels, so that booleans stay booleans. */
const picking: ReadonlySet<WarpMethod> = new Set(['nearest', 'mode', 'min', 'max']);

/**
 * The cube on the pixels of another lattice, of any CRS; pixels outside of it are nodata. The planes that are wanted are resampled
 * together, window by window, each place transformed exactly, so that no pixel depends on how the cube is cut. The rules of the
 * methods are gdalwarp's. Throws `CrsUnknown`.
 */
export function regrid(cube: Cube, target: Pick<Horizontal, 'frame' | 'window'>, method: WarpMethod): Cube {
  const own = cubeGrid(cube.horizontal);
  const toSource = transformer(target.frame.crs, own.crs);
  const horizontal: Horizontal = { ...cube.horizontal, frame: target.frame, window: target.window };

  const resample = async (
    members: readonly number[],
    window: PixelWindow,
    signal: AbortSignal | undefined,
  ): Promise<Column[]> => {
    const grid = cubeGrid({ ...horizontal, window });
    const inner = members.flatMap((member) => cube.planes[member] ?? []);
    const needed = sourceWindow(own, grid, toSource, MARGIN * Math.max(1, sourcePixels(own, grid, toSource)));
    if (needed === undefined)
      return members.map(() => new Float64Array(window.width * window.height).fill(Number.NaN));
    const bytes = needed.width * needed.height * 8 * peakPlanes(inner);
    const halves = bytes > limit('chunkBytes') ? halve(window) : undefined;
    if (halves !== undefined) {
      const parts: Column[][] = [];
      for (const half of halves) parts.push(await resample(members, half, signal));
      return members.map((_, k) => join(window, halves, parts, k));
    }
    checkLimit('windowBytes', needed.width * needed.height * 8, 'resampling a data cube');
    const { x, y } = cube.horizontal.window;
    const read = { ...needed, x: needed.x + x, y: needed.y + y };
    const columns = await evaluatePlanes(inner, read, { signal });
    const source = cubeGrid({ ...cube.horizontal, window: read });
    const { bands } = warp(columns, source, grid, toSource, { method, nodata: Number.NaN, maxError: 0 });
    return bands.map((band) => {
      if (band instanceof Float64Array) return band as Column;
      throw new InvalidArgument('resampling changed the type of the pixels');
    });
  };

  const group: PlaneGroup = {
    inner: cube.planes,
    read: (members, window, { signal }) => resample(members, window, signal),
  };
  const kindOf = (kind: PixelKind): PixelKind => (picking.has(method) ? kind : 'number');
  return makeCube(
    cube.dimensions,
    horizontal,
    cube.planes.map(({ kind }, member) => derivedPlane(group, member, kindOf(kind))),
  );
}

/** Source pixels along one target pixel, at the middle of the target. */
function sourcePixels(
  source: Grid,
  target: Grid,
  toSource: (x: number, y: number) => [number, number],
): number {
  const place = pixelTransform(source, target, toSource);
  const [column, row] = [target.width / 2, target.height / 2];
  const [x, y] = place(column, row);
  const [rightX, rightY] = place(column + 1, row);
  const [downX, downY] = place(column, row + 1);
  const ratio = Math.max(Math.hypot(rightX - x, rightY - y), Math.hypot(downX - x, downY - y));
  return Number.isFinite(ratio) ? ratio : 1;
}

/** Both halves of a window across its longer side; undefined for a single pixel. */
function halve({ x, y, width, height }: PixelWindow): [PixelWindow, PixelWindow] | undefined {
  if (width * height <= 1) return undefined;
  if (height >= width) {
    const top = Math.ceil(height / 2);
    return [
      { x, y, width, height: top },
      { x, y: y + top, width, height: height - top },
    ];
  }
  const left = Math.ceil(width / 2);
  return [
    { x, y, width: left, height },
    { x: x + left, y, width: width - left, height },
  ];
}

function join(
  window: PixelWindow,
  halves: readonly PixelWindow[],
  parts: readonly (readonly Column[])[],
  k: number,
): Column {
  const column = new Float64Array(window.width * window.height);
  for (const [index, half] of halves.entries())
    for (let row = 0; row < half.height; row += 1) {
      const pixels = parts[index]?.[k]?.subarray(row * half.width, (row + 1) * half.width);
      if (pixels !== undefined)
        column.set(pixels, (half.y - window.y + row) * window.width + (half.x - window.x));
    }
  return column;
}

export type Corner = 'lower-left' | 'upper-left' | 'lower-right' | 'upper-right';

/**
 * The lattice of a cube in another CRS or resolution (units of the target, 0 for as fine as the cube is), aligned to one corner of
 * its extent. Throws `CrsUnknown`, `InvalidArgument` for an extent that the CRS cannot show, `LimitExceeded`.
 */
export function targetLattice(
  cube: Cube,
  crs: string,
  [stepX, stepY]: readonly [x: number, y: number],
  corner: Corner,
): Pick<Horizontal, 'frame' | 'window'> {
  const own = cubeGrid(cube.horizontal);
  const [xmin, ymin, xmax, ymax] = transformBBox(gridBounds(own), own.crs, crs);
  if (![xmin, ymin, xmax, ymax].every(Number.isFinite))
    throw new InvalidArgument(`the extent of the cube cannot be shown in ${crs}`);
  const same = own.crs === crs;
  // gdalwarp's choice: as many pixels along the diagonal as before.
  const diagonal = Math.hypot(xmax - xmin, ymax - ymin) / Math.hypot(own.width, own.height);
  const across = stepX > 0 ? stepX : same ? Math.abs(own.transform[0]) : diagonal;
  const down = stepY > 0 ? stepY : same ? Math.abs(own.transform[4]) : diagonal;
  const width = Math.max(1, Math.ceil((xmax - xmin) / across - 1e-6));
  const height = Math.max(1, Math.ceil((ymax - ymin) / down - 1e-6));
  for (const side of [width, height]) checkLimit('rasterSide', side, 'resample_spatial');
  const left = corner.endsWith('left') ? xmin : xmax - width * across;
  const top = corner.startsWith('upper') ? ymax : ymin + height * down;
  return {
    frame: { crs, transform: [across, 0, left, 0, -down, top], width, height },
    window: { x: 0, y: 0, width, height },
  };
}
