import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FurrowError, InvalidArgument } from '../errors.ts';
import { areaBounds } from '../geometry/area.ts';
import { unionBBox } from '../geometry/bbox.ts';
import { transformArea } from '../geometry/crs.ts';
import type { Area } from '../geometry/polygon.ts';
import { writeWkb } from '../geometry/wkb.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { freeColumnName, type ParcelColumn, parcelColumns } from './parcel-columns.ts';
import { quotedName } from './sqlite-name.ts';
import { Turns } from './turns.ts';

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

const wgs84 =
  'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]';

/** The tables that every GeoPackage has (OGC 12-128r18, annex C), with the three systems that it must name. */
const schema = `
  create table gpkg_spatial_ref_sys (srs_name text not null, srs_id integer primary key, organization text not null,
    organization_coordsys_id integer not null, definition text not null, description text);
  insert into gpkg_spatial_ref_sys values
    ('undefined cartesian', -1, 'NONE', -1, 'undefined', null),
    ('undefined geographic', 0, 'NONE', 0, 'undefined', null),
    ('WGS 84', 4326, 'EPSG', 4326, '${wgs84}', null);
  create table gpkg_contents (table_name text not null primary key, data_type text not null, identifier text unique,
    description text default '', last_change datetime not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    min_x double, min_y double, max_x double, max_y double, srs_id integer references gpkg_spatial_ref_sys (srs_id));
  create table gpkg_geometry_columns (table_name text not null unique references gpkg_contents (table_name),
    column_name text not null, geometry_type_name text not null, srs_id integer not null references gpkg_spatial_ref_sys (srs_id),
    z tinyint not null, m tinyint not null, primary key (table_name, column_name));
`;
/** "GPKG" and version 1.4. */
const header = 'pragma application_id = 0x47504b47; pragma user_version = 10400;';

const sqlTypes = { integer: 'integer', number: 'double', boolean: 'boolean', text: 'text' } as const;

/**
 * Parcels as a GeoPackage (1.4) of one layer, named as the set: longitude and latitude on WGS 84, the pid as feature id.
 * Throws `CrsUnknown`, `Cancelled`, `InvalidArgument` for names that SQLite refuses.
 */
export async function geopackageOfParcels(
  set: ParcelSet,
  { signal }: SignalOption = {},
): Promise<Uint8Array> {
  const { DatabaseSync } = await import('node:sqlite');
  const folder = await mkdtemp(join(tmpdir(), 'furrow-gpkg-'));
  try {
    const path = join(folder, 'parcels.gpkg');
    const database = new DatabaseSync(path);
    try {
      database.exec(`${header}${schema}begin`);
      await fill(database, set, new Turns(`writing '${set.name}'`, signal));
      database.exec('commit');
    } finally {
      database.close();
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof FurrowError) throw cause;
    // Names that SQLite keeps for itself, more columns than it has room for.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgument(`'${set.name}' cannot be written as a GeoPackage: ${reason}`, { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Database {
  exec(sql: string): void;
  prepare(sql: string): { run(...values: (string | number | Uint8Array | null)[]): unknown };
}

async function fill(database: Database, set: ParcelSet, turns: Turns): Promise<void> {
  const name = set.name === '' ? 'parcels' : set.name;
  const columns = distinct(parcelColumns(set));
  const geometry = freeColumnName('geom', columns);
  const areas: Area[] = [];
  for (const parcel of set.parcels) {
    areas.push(transformArea(parcel.geometry, set.crs, 'EPSG:4326'));
    if (turns.due()) await turns.take();
  }
  const box = unionBBox(areas.map(areaBounds)) ?? [null, null, null, null];
  database
    .prepare(
      'insert into gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id) values (?, ?, ?, ?, ?, ?, ?, 4326)',
    )
    .run(name, 'features', name, ...box);
  database
    .prepare(`insert into gpkg_geometry_columns values (?, ?, 'GEOMETRY', 4326, 0, 0)`)
    .run(name, geometry);
  const definitions = columns.map(({ name: column, type }) =>
    column === 'pid' ? '"pid" integer primary key not null' : `${quotedName(column)} ${sqlTypes[type]}`,
  );
  database.exec(
    `create table ${quotedName(name)} (${[...definitions, `${quotedName(geometry)} geometry`].join(', ')})`,
  );
  const places = columns.map(() => '?').join(', ');
  const insert = database.prepare(`insert into ${quotedName(name)} values (${places}, ?)`);
  for (const [i, area] of areas.entries()) {
    insert.run(...columns.map(({ values }) => sqlValue(values[i])), geometryBlob(area));
    if (turns.due()) await turns.take();
  }
}

/** SQLite takes names that differ in case only for the same. */
function distinct(columns: readonly ParcelColumn[]): ParcelColumn[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let { name } = column;
    for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${column.name}_${i}`;
    taken.add(name.toLowerCase());
    return { ...column, name };
  });
}

function sqlValue(value: string | number | boolean | null | undefined): string | number | null {
  return typeof value === 'boolean' ? Number(value) : (value ?? null);
}

/** The blob of GeoPackage: header with the system and the envelope (2.1.3), then WKB. */
function geometryBlob(area: Area): Uint8Array {
  const wkb = writeWkb(area);
  const blob = new Uint8Array(40 + wkb.length);
  const view = new DataView(blob.buffer);
  const [xmin, ymin, xmax, ymax] = areaBounds(area);
  // Little endian, envelope of four numbers.
  blob.set([0x47, 0x50, 0, 0b11]);
  view.setInt32(4, 4326, true);
  for (const [i, side] of [xmin, xmax, ymin, ymax].entries()) view.setFloat64(8 + i * 8, side, true);
  blob.set(wkb, 40);
  return blob;
}
