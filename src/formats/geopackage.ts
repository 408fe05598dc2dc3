import { InvalidArgument, InvalidFile } from '../errors.ts';
import { crsName } from '../geometry/crs.ts';
import type { Area } from '../geometry/polygon.ts';
import { readWkb } from '../geometry/wkb.ts';
import { checkLimit } from '../limits.ts';
import { type FeatureRow, type FeatureTable, plainAttributes } from './feature-row.ts';
import { quotedName } from './sqlite-name.ts';
import { Turns } from './turns.ts';

type SqlRow = Readonly<Record<string, unknown>>;

/** Bytes of the envelope by its indicator in the flags (GeoPackage 1.3, 2.1.3). */
const envelopeBytes = [0, 32, 48, 48, 64];

/**
 * Features of a GeoPackage's layer, in the order of its rows. `layer` may be left out when there is but one. Throws
 * `InvalidArgument` for a layer that is not there or not named among several, `InvalidFile` when it is no GeoPackage,
 * `LimitExceeded`, `Cancelled`.
 */
export async function geopackageFeatures(
  path: string,
  layer: string | undefined,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<FeatureTable> {
  const { DatabaseSync } = await import('node:sqlite');
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    return await readLayer(database, path, layer, new Turns(`reading ${path}`, signal));
  } catch (error) {
    if (error instanceof Error && 'errcode' in error)
      throw new InvalidFile(`${path} is no readable GeoPackage: ${error.message}`, { cause: error });
    throw error;
  } finally {
    database?.close();
  }
}

interface Database {
  prepare(sql: string): { all(): SqlRow[]; iterate(): Iterable<SqlRow>; setReadBigInts(on: boolean): void };
}

async function readLayer(
  database: Database,
  path: string,
  wanted: string | undefined,
  turns: Turns,
): Promise<FeatureTable> {
  const layers = database
    .prepare(
      `select g.table_name as name, g.column_name as geometry, s.organization as organization,
              s.organization_coordsys_id as code, s.definition as definition
       from gpkg_geometry_columns g left join gpkg_spatial_ref_sys s on s.srs_id = g.srs_id order by g.table_name`,
    )
    .all();
  const names = layers.map(({ name }) => String(name));
  const layer =
    layers.find(({ name }) => name === wanted) ??
    (wanted === undefined && layers.length === 1 ? layers[0] : undefined);
  if (layer === undefined)
    throw wanted === undefined && layers.length === 0
      ? new InvalidFile(`${path} has no layer of features`)
      : new InvalidArgument(
          `${path} has the layers ${names.join(', ')}; ${wanted === undefined ? 'name one as layer' : `there is no '${wanted}'`}`,
        );
  const [table, column] = [quotedName(String(layer.name)), String(layer.geometry)];
  const count = database.prepare(`select count(*) as n from ${table}`).all()[0]?.n;
  checkLimit('parcels', Number(count), path);
  const statement = database.prepare(`select * from ${table}`);
  // Whole numbers of 64 bits would throw as numbers.
  statement.setReadBigInts(true);
  const rows: FeatureRow[] = [];
  for (const row of statement.iterate()) {
    rows.push(featureRow(row, column));
    if (turns.due()) await turns.take();
  }
  return { crs: layerCrs(layer), rows };
}

function layerCrs({ organization, code, definition }: SqlRow): string {
  if (Number(code) > 0 && /^epsg$/i.test(String(organization))) return crsName(`EPSG:${Number(code)}`);
  return typeof definition === 'string' && definition !== 'undefined' ? crsName(definition) : 'OGC:CRS84';
}

function featureRow(row: SqlRow, column: string): FeatureRow {
  return {
    geometry: (where) => geopackageGeometry(row[column], where),
    attributes: plainAttributes(row, column),
  };
}

function geopackageGeometry(blob: unknown, where: string): Area {
  if (!(blob instanceof Uint8Array)) throw new InvalidFile(`${where}: there is no geometry`);
  const envelope = envelopeBytes[((blob[3] ?? 0) >> 1) & 7];
  if (blob[0] !== 0x47 || blob[1] !== 0x50 || envelope === undefined)
    throw new InvalidFile(`${where}: the geometry has no GeoPackage header`);
  return readWkb(blob.subarray(8 + envelope), where);
}
