import { type Client, escapeIdentifier } from 'pg';
import { InvalidArgument, throwIfCancelled } from '../errors.ts';
import { transformArea } from '../geometry/crs.ts';
import { writeWkb } from '../geometry/wkb.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { freeColumnName, parcelColumns } from './parcel-columns.ts';
import { inPostgres, quotedTable, tableName } from './postgis-connection.ts';
import { shown } from './postgres-address.ts';

const types = { integer: 'bigint', number: 'double precision', boolean: 'boolean', text: 'text' } as const;

/** Rows of one insert. */
const batch = 2000;

/**
 * Writes parcels as a new table `layer` (`schema.table` or `table`) of a PostGIS database, longitude and latitude (4326), with a
 * spatial index, in one transaction. Throws `InvalidArgument` when the table exists, `StorageFailure`, `CrsUnknown`, `Cancelled`.
 */
export async function writePostgisTable(
  set: ParcelSet,
  address: string,
  layer: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const table = quotedTable(tableName(layer));
  const columns = parcelColumns(set);
  const geometry = freeColumnName('geom', columns);
  await inPostgres(address, { readOnly: false, signal }, async (client) => {
    if (await exists(client, table))
      throw new InvalidArgument(
        `${shown(address)} has a table ${layer} already; name another one, or drop it first`,
      );
    const definitions = columns.map(
      ({ name, type }) => `${escapeIdentifier(name)} ${types[type]}${name === 'pid' ? ' primary key' : ''}`,
    );
    await client.query(
      `create table ${table} (${definitions.join(', ')}, ${escapeIdentifier(geometry)} geometry(Geometry, 4326))`,
    );
    const names = [...columns.map(({ name }) => name), geometry].map((name) => escapeIdentifier(name));
    const arrays = columns.map(({ type }, i) => `$${i + 1}::${types[type]}[]`);
    const statement = `insert into ${table} (${names.join(', ')})
      select ${columns.map((_, i) => `r.c${i}`).join(', ')}, ST_GeomFromWKB(r.g, 4326)
      from unnest(${arrays.join(', ')}, $${columns.length + 1}::bytea[]) r(${columns.map((_, i) => `c${i}`).join(', ')}, g)`;
    for (let at = 0; at < set.parcels.length; at += batch) {
      throwIfCancelled(signal, `writing ${layer}`);
      const areas = set.parcels
        .slice(at, at + batch)
        .map((parcel) => Buffer.from(writeWkb(transformArea(parcel.geometry, set.crs, 'EPSG:4326'))));
      await client.query(statement, [...columns.map(({ values }) => values.slice(at, at + batch)), areas]);
    }
    await client.query(`create index on ${table} using gist (${escapeIdentifier(geometry)})`);
  });
}

async function exists(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    table,
  ]);
  return rows[0]?.found === true;
}
