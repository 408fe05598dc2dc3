import type { Area } from '../geometry/polygon.ts';

/** One parcel. `pid` is a whole number unique in its set: map tiles and the store key on it. */
export interface Parcel {
  readonly pid: number;
  /** The source's own identifier, shown to people; the pid as text where the source has none. */
  readonly label: string;
  readonly crop: string | undefined;
  /** Hectares. */
  readonly area: number;
  /** In the CRS of the set. */
  readonly geometry: Area;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Parcels that share a CRS (`EPSG:n`; `OGC:CRS84` for GeoJSON's longitude, latitude). */
export interface ParcelSet {
  readonly name: string;
  readonly crs: string;
  readonly parcels: readonly Parcel[];
}
