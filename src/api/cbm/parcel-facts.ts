import { CrsUnknown } from '../../errors.ts';
import { areaOf } from '../../geometry/area.ts';
import { transformArea } from '../../geometry/crs.ts';
import type { AreaDataset } from '../../store/dataset-of-area.ts';
import type { PlacedParcel } from '../../store/parcel-rows.ts';
import { type Columns, columnsOf } from './columns.ts';

export interface FactsOptions {
  readonly geometry: boolean;
  /** Outlines in longitude and latitude, not in the CRS of the source. */
  readonly wgs84: boolean;
}

/** Names under which sources keep the number of a crop, where the dataset's attribute `cropCode` does not name another. */
const cropCodes = ['cropcode', 'crop_code', 'cropCode', 'CROPCODE', 'CROP_CODE'];

/** The CRS in which areas of Europe are measured (ETRS89-LAEA). */
const equalArea = 'EPSG:3035';

/**
 * What is told of parcels: public id, crop, CRS of the source, the outline as GeoJSON text where it is wanted, whole square metres
 * (in EPSG:3035) and centroid in degrees. All identifiers are texts.
 */
export function parcelFacts(
  dataset: AreaDataset,
  parcels: readonly PlacedParcel[],
  { geometry, wgs84 }: FactsOptions,
): Columns {
  const named = dataset.attributes.cropCode;
  const codes = typeof named === 'string' ? [named, ...cropCodes] : cropCodes;
  const srid = wgs84 ? 4326 : (dataset.srid ?? 4326);
  const rows = parcels.map((parcel) => {
    const code = codes.map((name) => parcel.attributes[name]).find((value) => value !== undefined);
    return {
      pid: parcel.label,
      cropname: parcel.crop ?? null,
      cropcode: code === undefined || code === null ? null : String(code),
      srid,
      geom: geometry ? outlineText(parcel, srid) : '',
      area: Math.round(squareMetres(parcel)),
      clon: parcel.centroid[0],
      clat: parcel.centroid[1],
    };
  });
  const names = ['pid', 'cropname', 'cropcode', 'srid', 'geom', 'area', 'clon', 'clat'] as const;
  return columnsOf(
    names.filter((name) => geometry || name !== 'geom'),
    rows,
  );
}

/** Only identifiers, and outlines where they are wanted. */
export function parcelIds(
  dataset: AreaDataset,
  parcels: readonly PlacedParcel[],
  options: FactsOptions,
): Columns {
  const { pid = [], geom = [] } = parcelFacts(dataset, parcels, options);
  return options.geometry ? { pid, geom } : { pid };
}

/** GeoJSON with the CRS named where it is not longitude and latitude, as PostGIS writes it. */
function outlineText({ geometry }: PlacedParcel, srid: number): string {
  if (srid === 4326) return JSON.stringify(geometry);
  const { type, coordinates } = transformArea(geometry, 'OGC:CRS84', `EPSG:${srid}`);
  return JSON.stringify({ type, crs: { type: 'name', properties: { name: `EPSG:${srid}` } }, coordinates });
}

function squareMetres({ geometry, area }: PlacedParcel): number {
  try {
    const measured = areaOf(transformArea(geometry, 'OGC:CRS84', equalArea));
    if (Number.isFinite(measured)) return measured;
  } catch (error) {
    if (!(error instanceof CrsUnknown)) throw error;
  }
  return area * 10_000;
}
