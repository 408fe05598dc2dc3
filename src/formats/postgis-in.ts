import { escapeIdentifier, types } from 'pg';
import { InvalidArgument, InvalidFile } from '../errors.ts';
import { crsName } from '../geometry/crs.ts';
import { readWkb } from '../geometry/wkb.ts';
import { checkLimit } from '../limits.ts';
import { type FeatureRow, type FeatureTable, plainAttributes } from './feature-row.ts';
import { inPostgres, quotedTable, tableName } from './postgis-connection.ts';
import { shown } from './postgres-address.ts';

/** Rows of one answer, so that a country's parcels are not in memory as texts at once. */
const page = 10_000;

interface Layer {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly code: number | null;
  readonly definition: string | null;
}

/**
 * Features of a table or view of a PostGIS database at `postgres://...`, in the order of its primary key where it has one. `layer`
 * is `table` or `schema.table`, and may be left out when one table alone has a geometry. Throws `InvalidArgument`,
 * `InvalidFile`, `LimitExceeded`, `StorageFailure`.
 */
export async function postgisFeatures(
  address: string,
  { layer, signal }: { readonly layer?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<FeatureTable> {
  return inPostgres(address, { readOnly: true, signal }, async (client) => {
    const { rows: layers } = await client.query<Layer>(
      `select g.f_table_schema as schema, g.f_table_name as table, g.f_geometry_column as column,
          case when s.auth_name = 'EPSG' then s.auth_srid end as code, s.srtext as definition
        from geometry_columns g left join spatial_ref_sys s on s.srid = g.srid order by 1, 2, 3`,
    );
    const chosen = choose(layers, layer, shown(address));
    const from = quotedTable(chosen);
    const { rows: columns } = await client.query<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
          and atttypid::regtype::text not in ('geometry', 'geography', 'raster', 'bytea') order by attnum`,
      [from],
    );
    const { rows: keys } = await client.query<{ name: string }>(
      `select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
        where i.indrelid = $1::regclass and i.indisprimary`,
      [from],
    );
    const list = columns.map(({ name }) => escapeIdentifier(name)).join(', ');
    const order =
      keys.length === 0 ? '' : ` order by ${keys.map(({ name }) => escapeIdentifier(name)).join(', ')}`;
    const geometry = `ST_AsBinary(${escapeIdentifier(chosen.column)})`;
    await client.query(
      `declare features no scroll cursor for select ${geometry}, ${list || 'null'} from ${from}${order}`,
    );
    const rows: FeatureRow[] = [];
    for (;;) {
      const answer = await client.query<unknown[]>({
        text: `fetch ${page} from features`,
        rowMode: 'array',
        types: { getTypeParser },
      });
      for (const [wkb, ...values] of answer.rows) {
        const attributes = Object.fromEntries(columns.map(({ name }, i) => [name, values[i]]));
        rows.push({
          geometry: (where) => {
            if (!(wkb instanceof Uint8Array)) throw new InvalidFile(`${where}: there is no geometry`);
            return readWkb(wkb, where);
          },
          attributes: plainAttributes(attributes),
        });
      }
      checkLimit('parcels', rows.length, shown(address));
      if (answer.rows.length < page) break;
    }
    return { crs: crsOf(chosen), rows };
  });
}

const { INT8, NUMERIC, DATE, TIMESTAMP } = types.builtins;

/** Numbers as numbers, but whole ones beyond 2^53; dates without a zone as they stand, which the client takes for local time. */
function getTypeParser(type: number, format?: 'text' | 'binary') {
  if (format !== 'binary') {
    if (type === INT8 || type === NUMERIC) return numberOf;
    if (type === DATE || type === TIMESTAMP) return (text: string) => text;
  }
  return types.getTypeParser(type, format);
}

function numberOf(text: string): number | string {
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}

function crsOf({ code, definition }: Layer): string {
  if (code !== null) return crsName(`EPSG:${code}`);
  return definition === null ? 'OGC:CRS84' : crsName(definition);
}

function choose(layers: readonly Layer[], wanted: string | undefined, where: string): Layer {
  const name = wanted === undefined ? undefined : tableName(wanted);
  const found =
    name === undefined
      ? layers
      : layers.filter(({ schema, table }) => schema === name.schema && table === name.table);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const names = [...new Set(layers.map(({ schema, table }) => `${schema}.${table}`))];
  const has = names.length === 0 ? 'no table with a geometry' : `the layers ${names.slice(0, 20).join(', ')}`;
  if (only !== undefined && name !== undefined)
    throw new InvalidArgument(`${where}: ${wanted} has ${found.length} geometry columns; make a view of one`);
  throw new InvalidArgument(
    `${where} has ${has}; ${wanted === undefined ? 'name one as layer' : `there is no '${wanted}'`}`,
  );
}
