import type { ZooFile } from './expected.ts';

/**
 * Whether a CRS is the one rasterio names: the same code; none where it has none; or, for one that the file writes out
 * parameter by parameter, a PROJ text whose numbers are those of rasterio's WKT.
 */
export function sameReference(crs: string | undefined, { epsg, crs_wkt: wkt }: ZooFile): boolean {
  if (epsg !== null && crs === `EPSG:${epsg}`) return true;
  if (wkt === null || crs === undefined) return wkt === null && crs === undefined;
  const written = /^(?:PROJ|GEOG)C/.test(crs);
  if (!written && !crs.startsWith('+proj=')) return false;
  const stated = [...wkt.matchAll(/PARAMETER\["(\w+)",([-\d.e+]+)\]/gi)].map(([, , value]) => Number(value));
  const named = written
    ? /PARAMETER\["\w+",([-\d.e+]+)\]/gi
    : /\+(?:lat_\w+|lon_\w+|k|k_0|x_0|y_0|h)=([-\d.e+]+)/g;
  const ours = [...crs.matchAll(named)].map(([, value]) => Number(value));
  const [, axis, inverse] = /SPHEROID\["[^"]*",([-\d.e+]+),([-\d.e+]+)/.exec(wkt) ?? [];
  const [, a, rf] = /\+a=([-\d.e+]+) \+rf=([-\d.e+]+)/.exec(crs) ?? [];
  const near = (one: number, other: number): boolean =>
    Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(other));
  const sphere = a === undefined || (near(Number(a), Number(axis)) && near(Number(rf), Number(inverse)));
  return sphere && stated.every((value) => value === 0 || ours.some((one) => near(one, value)));
}
