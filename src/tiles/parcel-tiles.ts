import { GeoJSONVT, type GeoJSONVTOptions } from '@maplibre/geojson-vt';
import { fromGeojsonVt } from '@maplibre/vt-pbf';
import type { FeatureCollection, Geometry } from 'geojson';
import { InvalidArgument } from '../errors.ts';
import { transformer } from '../geometry/crs.ts';
import type { Area, Ring } from '../geometry/polygon.ts';
import { checkLimit } from '../limits.ts';
import type { ParcelSet } from '../parcels/parcel.ts';

/** The layer of the tiles, and the deepest zoom at which they are cut: a map enlarges deeper. */
export const parcelTileLayer = 'parcels';
export const parcelTileMaxZoom = 16;

const extent = 4096;
const options: GeoJSONVTOptions = {
  maxZoom: parcelTileMaxZoom,
  indexMaxZoom: 4,
  extent,
  buffer: 64,
  tolerance: 3,
};

export type ParcelTiles = (z: number, x: number, y: number) => Uint8Array | undefined;

const indexed = new WeakMap<ParcelSet, ParcelTiles>();

/**
 * Vector tiles (MVT 2.1, extent 4096) of a set of parcels in web mercator numbering, layer `parcels`, feature id = pid,
 * properties pid, label and crop. The index is built at the first tile asked for and kept with the set; undefined for a
 * tile without parcels. Throws `InvalidArgument` for a tile that is not in the world, `CrsUnknown`, `LimitExceeded`.
 */
export function parcelTiles(set: ParcelSet): ParcelTiles {
  const known = indexed.get(set);
  if (known !== undefined) return known;
  let index: GeoJSONVT | undefined;
  const tiles: ParcelTiles = (z, x, y) => {
    if (![z, x, y].every((n) => Number.isInteger(n) && n >= 0) || z > 24 || x >= 2 ** z || y >= 2 ** z)
      throw new InvalidArgument(`there is no tile ${z}/${x}/${y}`);
    index ??= new GeoJSONVT(features(set), options);
    const tile = index.getTile(z, x, y);
    if (tile === null || tile.features.length === 0) return undefined;
    return fromGeojsonVt({ [parcelTileLayer]: tile }, { version: 2, extent });
  };
  indexed.set(set, tiles);
  return tiles;
}

/** The set as GeoJSON in longitude and latitude, with only what a tile carries. */
function features(set: ParcelSet): FeatureCollection {
  checkLimit('parcels', set.parcels.length, `tiles of '${set.name}'`);
  const project = transformer(set.crs, 'OGC:CRS84');
  return {
    type: 'FeatureCollection',
    features: set.parcels.map(({ pid, label, crop, geometry }) => ({
      type: 'Feature',
      id: pid,
      properties: crop === undefined ? { pid, label } : { pid, label, crop },
      geometry: projectArea(geometry, project),
    })),
  };
}

function projectArea(area: Area, project: (x: number, y: number) => [number, number]): Geometry {
  const rings = (polygon: readonly Ring[]) => polygon.map((ring) => ring.map(([x, y]) => project(x, y)));
  return area.type === 'Polygon'
    ? { type: 'Polygon', coordinates: rings(area.coordinates) }
    : { type: 'MultiPolygon', coordinates: area.coordinates.map(rings) };
}
