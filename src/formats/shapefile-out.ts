import { zipSync } from 'fflate';
import { LimitExceeded } from '../errors.ts';
import { areaBounds, isClockwise, polygonsOf } from '../geometry/area.ts';
import { unionBBox } from '../geometry/bbox.ts';
import { transformArea } from '../geometry/crs.ts';
import type { BBox } from '../geometry/grid.ts';
import type { Area, Ring } from '../geometry/polygon.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { dbfOfColumns } from './dbf-out.ts';
import { parcelColumns } from './parcel-columns.ts';

const wgs84 =
  'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';
const HEADER_BYTES = 100;
/** Lengths stand in 16-bit words of a signed 32-bit number, and most readers stop at 2 GB. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Parcels as a zipped shapefile in longitude and latitude on WGS 84, texts in UTF-8. Names of attributes are cut to ten
 * letters and made distinct, texts to 254 bytes: the format has no room for more. Throws `LimitExceeded` beyond 2 GB, `CrsUnknown`.
 */
export function shapefileOfParcels(set: ParcelSet): Uint8Array {
  const areas = set.parcels.map(({ geometry }) => transformArea(geometry, set.crs, 'EPSG:4326'));
  const { shp, shx } = shapes(areas);
  const name = set.name.replace(/[^\p{L}\p{N}_ .-]/gu, '_').replace(/^\.+/, '') || 'parcels';
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const dbf = dbfOfColumns(parcelColumns(set), set.parcels.length);
  // A fixed time, so that equal parcels make equal bytes.
  const options = { level: 6, mtime: '1980-01-01T00:00:00' } as const;
  return zipSync(
    {
      [`${name}.shp`]: shp,
      [`${name}.shx`]: shx,
      [`${name}.dbf`]: dbf,
      [`${name}.prj`]: text(wgs84),
      [`${name}.cpg`]: text('UTF-8'),
    },
    options,
  );
}

function shapes(areas: readonly Area[]): { shp: Uint8Array; shx: Uint8Array } {
  const rings = areas.map(shapeRings);
  const lengths = rings.map(
    (list) => 44 + list.length * 4 + list.reduce((sum, { length }) => sum + length, 0) * 16,
  );
  const total = lengths.reduce((sum, length) => sum + 8 + length, HEADER_BYTES);
  if (total > MOST_BYTES)
    throw new LimitExceeded(
      `a shapefile of ${total} bytes: the format ends at 2 GB; write a GeoPackage (.gpkg) instead`,
    );
  const shp = new DataView(new ArrayBuffer(total));
  const shx = new DataView(new ArrayBuffer(HEADER_BYTES + areas.length * 8));
  const box = unionBBox(areas.map(areaBounds)) ?? [0, 0, 0, 0];
  writeHeader(shp, box);
  writeHeader(shx, box);
  let at = HEADER_BYTES;
  for (const [i, list] of rings.entries()) {
    const length = lengths[i] ?? 0;
    shx.setInt32(HEADER_BYTES + i * 8, at / 2);
    shx.setInt32(HEADER_BYTES + i * 8 + 4, length / 2);
    shp.setInt32(at, i + 1);
    shp.setInt32(at + 4, length / 2);
    writeShape(new DataView(shp.buffer, at + 8, length), list, areaBounds(areas[i] as Area));
    at += 8 + length;
  }
  return { shp: new Uint8Array(shp.buffer), shx: new Uint8Array(shx.buffer) };
}

/** Outer rings clockwise, holes the other way. */
function shapeRings(area: Area): Ring[] {
  return polygonsOf(area).flatMap((rings) =>
    rings.map((ring, i) => (isClockwise(ring) === (i === 0) ? ring : ring.toReversed())),
  );
}

function writeHeader(view: DataView, [xmin, ymin, xmax, ymax]: BBox): void {
  view.setInt32(0, 9994);
  view.setInt32(24, view.byteLength / 2);
  view.setInt32(28, 1000, true);
  view.setInt32(32, 5, true);
  for (const [i, side] of [xmin, ymin, xmax, ymax].entries()) view.setFloat64(36 + i * 8, side, true);
}

function writeShape(view: DataView, rings: readonly Ring[], box: BBox): void {
  view.setInt32(0, 5, true);
  for (const [i, side] of box.entries()) view.setFloat64(4 + i * 8, side, true);
  view.setInt32(36, rings.length, true);
  view.setInt32(
    40,
    rings.reduce((sum, { length }) => sum + length, 0),
    true,
  );
  let point = 0;
  for (const [part, ring] of rings.entries()) {
    view.setInt32(44 + part * 4, point, true);
    for (const [x, y] of ring) {
      const at = 44 + rings.length * 4 + point++ * 16;
      view.setFloat64(at, x, true);
      view.setFloat64(at + 8, y, true);
    }
  }
}
