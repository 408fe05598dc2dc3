import { constants, zstdCompressSync } from 'node:zlib';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { areaBounds } from '../geometry/area.ts';
import { unionBBox } from '../geometry/bbox.ts';
import { transformArea } from '../geometry/crs.ts';
import { writeWkb } from '../geometry/wkb.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { freeColumnName, type ParcelColumn, parcelColumns } from './parcel-columns.ts';

const zstd = (input: Uint8Array): Uint8Array =>
  zstdCompressSync(input, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });

/**
 * Parcels as GeoParquet 1.1 (zstd): geometry in WKB, longitude and latitude (OGC:CRS84); pid, id (the label; fiboa's name of
 * it), crop, area in hectares (fiboa 0.2), then the attributes. Throws `CrsUnknown`.
 */
export function geoparquetOfParcels(set: ParcelSet): Uint8Array {
  const areas = set.parcels.map(({ geometry }) => transformArea(geometry, set.crs, 'OGC:CRS84'));
  const columns = parcelColumns(set);
  const geometry = freeColumnName('geometry', columns);
  const types = [...new Set(areas.map(({ type }) => type))];
  const geo = {
    version: '1.1.0',
    primary_column: geometry,
    columns: {
      [geometry]: { encoding: 'WKB', geometry_types: types, bbox: unionBBox(areas.map(areaBounds)) },
    },
  };
  const hasId = columns.some(({ name }) => name.toLowerCase() === 'id');
  const buffer = parquetWriteBuffer({
    columnData: [
      ...columns.map((column) =>
        sourceOf(column.name === 'label' && !hasId ? { ...column, name: 'id' } : column),
      ),
      { name: geometry, data: areas.map(writeWkb), type: 'BYTE_ARRAY', nullable: false, statistics: false },
    ],
    codec: 'ZSTD',
    compressors: { ZSTD: zstd },
    kvMetadata: [{ key: 'geo', value: JSON.stringify(geo) }],
    createdBy: 'furrow',
  });
  return new Uint8Array(buffer);
}

function sourceOf({ name, type, values }: ParcelColumn): ColumnSource {
  const nullable = values.some((value) => value === null);
  switch (type) {
    case 'integer':
      return {
        name,
        nullable,
        type: 'INT64',
        data: values.map((value) => (value === null ? null : BigInt(value))),
      };
    case 'number':
      return { name, nullable, type: 'DOUBLE', data: [...values] };
    case 'boolean':
      return { name, nullable, type: 'BOOLEAN', data: [...values] };
    default:
      return { name, nullable, type: 'STRING', data: [...values] };
  }
}
