import { InvalidArgument, ProcessException, Unsupported } from '../errors.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import type { Cube, Horizontal } from './cube.ts';
import { sameGeometries } from './geometries.ts';
import { type Plane, placedPlane } from './plane.ts';

/** True when every pixel of one window is in the other. */
export function covers(outer: PixelWindow, inner: PixelWindow): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}

/** The part that two windows share; of size 0 when there is none. */
export function sharedWindow(one: PixelWindow, other: PixelWindow): PixelWindow {
  const x = Math.max(one.x, other.x);
  const y = Math.max(one.y, other.y);
  return {
    x,
    y,
    width: Math.max(0, Math.min(one.x + one.width, other.x + other.width) - x),
    height: Math.max(0, Math.min(one.y + one.height, other.y + other.height) - y),
  };
}

/**
 * The planes of a cube on the pixels of another: outside of the cube's own window they are nodata. Throws `Unsupported`
 * when the two do not share a pixel lattice, `IncompatibleDataCubes` when they have not the same geometries.
 */
export function alignTo(cube: Cube, target: Horizontal): readonly Plane[] {
  const [one, other] = [cube.horizontal.geometries, target.geometries];
  if (one !== undefined || other !== undefined) {
    if (one === undefined || other === undefined || !sameGeometries(one, other))
      throw new ProcessException('IncompatibleDataCubes', 'the cubes have different geometries');
    return cube.planes;
  }
  const [own, wanted] = [cube.horizontal.frame, target.frame];
  if (own.crs !== wanted.crs || own.transform.some((value, index) => value !== wanted.transform[index]))
    throw new Unsupported(
      `the cubes lie on different pixel grids (${own.crs} [${own.transform.join(', ')}] and ${wanted.crs} ` +
        `[${wanted.transform.join(', ')}]); bring one onto the other with resample_cube_spatial`,
    );
  if (covers(cube.horizontal.window, target.window)) return cube.planes;
  return cube.planes.map((plane) => restrict(plane, cube.horizontal.window));
}

/** The plane with nodata outside of a window of its frame. */
function restrict(plane: Plane, kept: PixelWindow): Plane {
  return placedPlane([plane], plane.kind, ([column], out, window) => {
    if (column === undefined) throw new InvalidArgument('a plane was evaluated without its input');
    if (covers(kept, window)) {
      out.set(column);
      return;
    }
    out.fill(Number.NaN);
    const shared = sharedWindow(kept, window);
    for (let row = 0; row < shared.height; row += 1) {
      const start = (shared.y - window.y + row) * window.width + (shared.x - window.x);
      out.set(column.subarray(start, start + shared.width), start);
    }
  });
}
