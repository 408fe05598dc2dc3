import { checkLimit } from '../limits.ts';
import type { ParcelSet } from '../parcels/parcel.ts';

/** Of a cell in memory: the reference to its value. */
const CELL_BYTES = 8;

/** One attribute of all parcels, in their order; null where a parcel has none. */
export type ParcelColumn =
  | {
      readonly name: string;
      readonly type: 'integer' | 'number';
      readonly values: readonly (number | null)[];
    }
  | { readonly name: string; readonly type: 'boolean'; readonly values: readonly (boolean | null)[] }
  | { readonly name: string; readonly type: 'text'; readonly values: readonly (string | null)[] };

/**
 * The columns of parcels as formats of tables need them: pid, label, crop, area (hectares), then every attribute but those
 * that have these names. A column has one type: whole numbers, numbers, booleans, else texts (JSON of what is none). Throws
 * `LimitExceeded` where the table would be beyond `tableBytes`: each attribute that any parcel has is a cell of all.
 */
export function parcelColumns({ name: set, parcels }: ParcelSet): ParcelColumn[] {
  const own: ParcelColumn[] = [
    { name: 'pid', type: 'integer', values: parcels.map(({ pid }) => pid) },
    { name: 'label', type: 'text', values: parcels.map(({ label }) => label) },
    { name: 'crop', type: 'text', values: parcels.map(({ crop }) => crop ?? null) },
    { name: 'area', type: 'number', values: parcels.map(({ area }) => area) },
  ];
  const taken = new Set(own.map(({ name }) => name));
  const names = new Set<string>();
  for (const { attributes } of parcels) {
    for (const name of Object.keys(attributes)) names.add(name);
    const bytes = (own.length + names.size) * parcels.length * CELL_BYTES;
    checkLimit('tableBytes', bytes, `${names.size} attributes of the ${parcels.length} parcels of '${set}'`);
  }
  const others = [...names].filter((name) => !taken.has(name.toLowerCase()));
  return [
    ...own,
    ...others.map((name) =>
      columnOf(
        name,
        parcels.map(({ attributes }) =>
          Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null,
        ),
      ),
    ),
  ];
}

function columnOf(name: string, values: readonly unknown[]): ParcelColumn {
  const known = values.filter((value) => value !== null);
  if (known.length > 0 && known.every((value) => typeof value === 'boolean'))
    return { name, type: 'boolean', values: values as (boolean | null)[] };
  if (known.length > 0 && known.every((value) => typeof value === 'number')) {
    const type = known.every((value) => Number.isSafeInteger(value)) ? 'integer' : 'number';
    return { name, type, values: values as (number | null)[] };
  }
  return { name, type: 'text', values: values.map(textOf) };
}

function textOf(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A name that no column has yet, in any case of letters. */
export function freeColumnName(wanted: string, columns: readonly ParcelColumn[]): string {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
  return name;
}
