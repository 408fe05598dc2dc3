import { areaBounds } from '../geometry/area.ts';
import { unionBBox } from '../geometry/bbox.ts';
import { transformArea, transformer } from '../geometry/crs.ts';
import type { BBox } from '../geometry/grid.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import { type Cube, cubeGrid, makeCube } from './cube.ts';
import type { GeometrySet, Shape } from './geometries.ts';
import { type Plane, placedPlane } from './plane.ts';
import { type Zones, zoneMask, zonesOf } from './zones.ts';

/** The box around all geometries in a CRS; undefined when all are empty. Throws `CrsUnknown`. */
export function geometryBounds({ crs, features }: GeometrySet, target: string): BBox | undefined {
  return unionBBox(
    features.flatMap(({ shape }) => (shape === undefined ? [] : [shapeBounds(shape, crs, target)])),
  );
}

function shapeBounds(shape: Shape, crs: string, target: string): BBox {
  if (shape.type === 'Polygon' || shape.type === 'MultiPolygon')
    return areaBounds(transformArea(shape, crs, target));
  const place = transformer(crs, target);
  const points = shape.type === 'Point' ? [shape.coordinates] : shape.coordinates;
  const placed = points.map(([x, y]) => place(x, y));
  return areaBounds({ type: 'Polygon', coordinates: [placed] });
}

/**
 * Pixels outside of all geometries (or, with `inside`, those in any) become `replacement`, NaN for nodata; nodata stays nodata.
 * Throws `CrsUnknown`, `LimitExceeded`.
 */
export function maskGeometries(
  cube: Cube,
  geometries: GeometrySet,
  {
    replacement = Number.NaN,
    inside = false,
  }: { readonly replacement?: number; readonly inside?: boolean } = {},
): Cube {
  const origin = cube.horizontal.window;
  let zones: Zones | undefined;
  // The planes of a chunk come one after another with the same window.
  let last: { readonly window: PixelWindow; readonly mask: Uint8Array } | undefined;
  const maskOf = (window: PixelWindow): Uint8Array => {
    if (last?.window === window) return last.mask;
    zones ??= zonesOf(geometries, cubeGrid(cube.horizontal));
    const mask = zoneMask(zones, { ...window, x: window.x - origin.x, y: window.y - origin.y });
    last = { window, mask };
    return mask;
  };
  const hidden = inside ? 1 : 0;
  const planes = cube.planes.map(
    (plane): Plane =>
      placedPlane([plane], plane.kind, ([pixels], out, window) => {
        if (pixels === undefined) return;
        const mask = maskOf(window);
        for (let i = 0; i < out.length; i += 1) {
          const pixel = pixels[i] as number;
          out[i] = mask[i] === hidden && !Number.isNaN(pixel) ? replacement : pixel;
        }
      }),
  );
  return makeCube(cube.dimensions, cube.horizontal, planes);
}
