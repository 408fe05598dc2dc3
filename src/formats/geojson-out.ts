import { isClockwise } from '../geometry/area.ts';
import { transformArea } from '../geometry/crs.ts';
import type { Area, Ring } from '../geometry/polygon.ts';
import type { ParcelSet } from '../parcels/parcel.ts';

export interface GeoJsonFeature {
  readonly type: 'Feature';
  readonly id: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: Area;
}

export interface GeoJsonCollection {
  readonly type: 'FeatureCollection';
  readonly features: readonly GeoJsonFeature[];
}

/**
 * Parcels as GeoJSON (RFC 7946): longitude and latitude, outer rings counter-clockwise, pid as id; attributes with pid, label,
 * crop and area (hectares) beside them. Throws `CrsUnknown`.
 */
export function parcelsToGeoJson({ crs, parcels }: ParcelSet): GeoJsonCollection {
  return {
    type: 'FeatureCollection',
    features: parcels.map(({ pid, label, crop, area, geometry, attributes }) => ({
      type: 'Feature',
      id: pid,
      properties: { ...attributes, pid, label, crop: crop ?? null, area },
      geometry: wound(transformArea(geometry, crs, 'OGC:CRS84')),
    })),
  };
}

function wound(area: Area): Area {
  return area.type === 'Polygon'
    ? { type: 'Polygon', coordinates: area.coordinates.map(woundRing) }
    : { type: 'MultiPolygon', coordinates: area.coordinates.map((rings) => rings.map(woundRing)) };
}

function woundRing(ring: Ring, i: number): Ring {
  const clockwise = i > 0;
  return isClockwise(ring) === clockwise ? ring : ring.toReversed();
}
