import { areaOf } from './area.ts';
import { crsName, isGeographic, metresPerUnit, transformArea } from './crs.ts';
import type { Area, Position } from './polygon.ts';

const semiMajor = 6378137;
const eccentricity = Math.sqrt((2 - 1 / 298.257223563) / 298.257223563);

/** The northing of the cylindrical equal-area projection of the WGS 84 ellipsoid (Snyder 1987, equation 3-12), metres. */
function equalAreaNorthing(latitude: number): number {
  const sine = Math.sin((latitude * Math.PI) / 180);
  const e = eccentricity;
  return (semiMajor / 2) * (1 - e * e) * (sine / (1 - e * e * sine * sine) + Math.atanh(e * sine) / e);
}

/**
 * The size of an area in hectares: planar in a projected CRS, as cadastres state it; on the ellipsoid, edges straight in the
 * cylindrical equal-area projection, for longitude and latitude and for web Mercator. Throws `CrsUnknown`.
 */
export function hectares(area: Area, crs: string): number {
  const mercator = crsName(crs) === 'EPSG:3857';
  if (!mercator && !isGeographic(crs)) return (areaOf(area) * metresPerUnit(crs) ** 2) / 10_000;
  const degrees = mercator ? transformArea(area, crs, 'OGC:CRS84') : area;
  const project = ([longitude, latitude]: Position): Position => [
    (longitude * Math.PI * semiMajor) / 180,
    equalAreaNorthing(latitude),
  ];
  const projected: Area =
    degrees.type === 'Polygon'
      ? { type: 'Polygon', coordinates: degrees.coordinates.map((ring) => ring.map(project)) }
      : {
          type: 'MultiPolygon',
          coordinates: degrees.coordinates.map((rings) => rings.map((ring) => ring.map(project))),
        };
  return areaOf(projected) / 10_000;
}
