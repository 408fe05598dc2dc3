import { type Affine, applyAffine } from './affine.ts';

/** `[xmin, ymin, xmax, ymax]` in the units of its CRS. */
export type BBox = readonly [xmin: number, ymin: number, xmax: number, ymax: number];

/** A raster's grid: `crs` is `EPSG:n` (or a PROJ/WKT text known to `crs.ts`), sizes in pixels. */
export interface Grid {
  readonly crs: string;
  readonly transform: Affine;
  readonly width: number;
  readonly height: number;
}

/** A key that two grids share exactly when every pixel of one is a pixel of the other. */
export function gridKey({ crs, transform, width, height }: Grid): string {
  return `${crs}|${transform.join(',')}|${width}x${height}`;
}

/** The outer corners as a closed ring, counter-clockwise for a grid whose rows run south, in its own CRS. */
export function gridCorners({ transform, width, height }: Grid): [x: number, y: number][] {
  return [
    applyAffine(transform, 0, 0),
    applyAffine(transform, 0, height),
    applyAffine(transform, width, height),
    applyAffine(transform, width, 0),
    applyAffine(transform, 0, 0),
  ];
}

/** The outer bounds of the grid in its own CRS. */
export function gridBounds(grid: Grid): BBox {
  const corners = gridCorners(grid);
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
