import type { PointTransform } from '../geometry/crs.ts';

/** Half the side of the world in web mercator metres (EPSG:3857). */
export const halfWorld = 20_037_508.342789244;

/** Latitude at which web mercator's square ends. */
const poleward = 85.0511287798066;

/**
 * From a transform to longitude and latitude, one to the square from 0 to 1 that tile 0/0/0 covers, y growing southwards.
 * Latitudes beyond the square are put on its edge.
 */
export function toUnitSquare(toLonLat: PointTransform): PointTransform {
  return (x, y) => {
    const [lon, lat] = toLonLat(x, y);
    const sine = Math.sin((Math.min(poleward, Math.max(-poleward, lat)) * Math.PI) / 180);
    return [lon / 360 + 0.5, 0.5 - (0.25 * Math.log((1 + sine) / (1 - sine))) / Math.PI];
  };
}
