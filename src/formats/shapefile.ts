import { InvalidFile } from '../errors.ts';
import { checkArea } from '../geometry/area.ts';
import { areaOfRings } from '../geometry/areas-of-rings.ts';
import { crsName } from '../geometry/crs.ts';
import type { Area, Position, Ring } from '../geometry/polygon.ts';
import { checkLimit } from '../limits.ts';
import { dbfRows } from './dbf.ts';
import type { FeatureRow, FeatureTable } from './feature-row.ts';
import { Turns } from './turns.ts';

/** The files of one shapefile, whole; those that are not there are undefined. */
export interface ShapefileParts {
  readonly shp: Uint8Array;
  readonly dbf: Uint8Array | undefined;
  /** Text of the .prj file: WKT, mostly ESRI's. */
  readonly prj: string | undefined;
  readonly cpg: string | undefined;
}

const HEADER_BYTES = 100;
const polygonTypes = new Set([5, 15, 25]);
const otherTypes: Readonly<Record<number, string>> = {
  1: 'Point',
  3: 'LineString',
  8: 'MultiPoint',
  31: 'MultiPatch',
};

/**
 * Features of a shapefile of polygons (ESRI Shapefile Technical Description, 1998); Z and M are dropped, rows that the table
 * marks as deleted are left out. `crs` is taken where there is no .prj. Throws `InvalidFile` when it is none, is cut short, or
 * nothing says its CRS, `LimitExceeded`, `Cancelled`.
 */
export async function shapefileFeatures(
  parts: ShapefileParts,
  file: string,
  { crs, signal }: { readonly crs?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<FeatureTable> {
  const stated = parts.prj === undefined || parts.prj.trim() === '' ? crs : parts.prj;
  if (stated === undefined)
    throw new InvalidFile(
      `${file} has no .prj file beside it, so nothing says its coordinate system; name it: { crs: 'EPSG:n' }`,
    );
  const turns = new Turns(`reading ${file}`, signal);
  const geometries = await records(parts.shp, file, turns);
  const table =
    parts.dbf === undefined ? undefined : await dbfRows(parts.dbf, parts.cpg, `${file}, its .dbf`, turns);
  if (table !== undefined && table.length !== geometries.length)
    throw new InvalidFile(`${file} has ${geometries.length} shapes and a .dbf of ${table.length} rows`);
  const rows = geometries.flatMap((geometry, i): FeatureRow[] => {
    const attributes = table === undefined ? {} : table[i];
    return attributes === undefined ? [] : [{ geometry, attributes }];
  });
  return { crs: crsName(stated), rows };
}

async function records(bytes: Uint8Array, file: string, turns: Turns): Promise<FeatureRow['geometry'][]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getInt32(0) !== 9994)
    throw new InvalidFile(`${file} is no shapefile`);
  const stated = view.getInt32(24) * 2;
  if (stated > bytes.length)
    throw new InvalidFile(`${file} has ${bytes.length} bytes of the ${stated} that it announces`);
  const end = Math.max(HEADER_BYTES, stated);
  const found: FeatureRow['geometry'][] = [];
  for (let at = HEADER_BYTES; at + 8 <= end; ) {
    const length = view.getInt32(at + 4) * 2;
    if (length < 4 || at + 8 + length > end)
      throw new InvalidFile(
        `${file}: shape ${found.length + 1} has ${length} bytes from byte ${at}, the file ends at ${end}`,
      );
    const content = new DataView(bytes.buffer, bytes.byteOffset + at + 8, length);
    found.push((where) => polygonOf(content, where));
    checkLimit('parcels', found.length, file);
    at += 8 + length;
    if (turns.due()) await turns.take();
  }
  return found;
}

function polygonOf(content: DataView, where: string): Area {
  const type = content.getInt32(0, true);
  if (!polygonTypes.has(type)) return checkArea({ type: otherTypes[type % 10] ?? otherTypes[type] }, where);
  const [parts, points] =
    content.byteLength < 44 ? [0, 0] : [content.getInt32(36, true), content.getInt32(40, true)];
  checkLimit('vertices', points, where);
  const start = 44 + parts * 4;
  if (parts < 1 || points < parts || start + points * 16 > content.byteLength)
    throw new InvalidFile(
      `${where}: ${parts} rings of ${points} points do not fit into ${content.byteLength} bytes`,
    );
  const rings = Array.from({ length: parts }, (_, part): Ring => {
    const from = content.getInt32(44 + part * 4, true);
    const to = part + 1 < parts ? content.getInt32(48 + part * 4, true) : points;
    if (!(from >= 0 && from < to && to <= points))
      throw new InvalidFile(`${where}: ring ${part + 1} runs from point ${from} to ${to} of ${points}`);
    return Array.from({ length: to - from }, (_, i): Position => {
      const at = start + (from + i) * 16;
      return [content.getFloat64(at, true), content.getFloat64(at + 8, true)];
    });
  });
  // Checked as they are before they are sorted into polygons, which a ring of one point could not be.
  checkArea({ type: 'Polygon', coordinates: rings }, where);
  return areaOfRings(rings);
}
