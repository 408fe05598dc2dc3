import { InvalidArgument } from '../errors.ts';

/**
 * Pixel to map coordinates, in the order of rasterio and of STAC's `proj:transform`:
 * x = a * column + b * row + c, y = d * column + e * row + f, (0, 0) being the outer corner of the first pixel.
 */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export function applyAffine([a, b, c, d, e, f]: Affine, column: number, row: number): [x: number, y: number] {
  return [a * column + b * row + c, d * column + e * row + f];
}

/** Map to pixel coordinates. Throws `InvalidArgument` when the transform is degenerate. */
export function invertAffine([a, b, c, d, e, f]: Affine): Affine {
  // Without rotation GDAL (GDALInvGeoTransform) divides once per term; pixel edges then come back as whole numbers.
  if (b === 0 && d === 0 && a !== 0 && e !== 0 && Number.isFinite(a + c + e + f))
    return [1 / a, 0, -c / a, 0, 1 / e, -f / e];
  const determinant = a * e - b * d;
  if (!Number.isFinite(determinant) || determinant === 0)
    throw new InvalidArgument(`the affine transform [${[a, b, c, d, e, f].join(', ')}] cannot be inverted`);
  return [
    e / determinant,
    -b / determinant,
    (b * f - c * e) / determinant,
    -d / determinant,
    a / determinant,
    (c * d - a * f) / determinant,
  ];
}
