import { DatasetNotFound, InvalidArgument } from '../errors.ts';
import type { Queryable, QueryOptions } from './store.ts';

/** What names a dataset where services ask by area and year of the declaration. */
export interface AreaAndYear {
  /** Letter case does not matter. The only one that can be seen when left out. */
  readonly aoi?: string | undefined;
  readonly year: number;
  /** One of several sets of parcels of that area and year. */
  readonly kind?: string | undefined;
}

/** A dataset without the number of its parcels, which takes counting. */
export interface AreaDataset {
  readonly id: number;
  readonly name: string;
  readonly aoi: string;
  readonly year: number;
  readonly kind: string | null;
  readonly srid: number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Every dataset under its area and years: what was stated, or else its name, and the years in which it has images. In lower case.
 */
const placed = `select d.id, d.name, lower(coalesce(d.aoi, d.name)) as aoi, y.year, nullif(d.kind, '') as kind, d.srid, d.attributes
  from furrow.dataset d cross join lateral (
    select d.year where d.year is not null
    union
    select distinct extract(year from e.datetime at time zone 'UTC')::integer from furrow.extraction e
      where d.year is null and e.dataset_id = d.id
  ) y(year)`;

/** All datasets that this role may see, by area, year and kind. */
export async function listAreas(store: Queryable, options: QueryOptions = {}): Promise<AreaDataset[]> {
  return await store.query<AreaDataset & Record<string, unknown>>(
    `${placed} order by aoi, year, kind nulls first, id`,
    [],
    options,
  );
}

/**
 * The dataset of an area and year. Without a kind the one that has none, or else the only one. Throws `DatasetNotFound` when there is
 * none or this role may not see it, `InvalidArgument` when several are meant.
 */
export async function datasetOfArea(
  store: Queryable,
  { aoi, year, kind }: AreaAndYear,
  options: QueryOptions = {},
): Promise<AreaDataset> {
  const found = await store.query<AreaDataset & Record<string, unknown>>(
    `select * from (${placed}) p where year = $1 and ($2::text is null or aoi = lower($2))
      and ($3::text is null or kind = $3) order by kind nulls first, id`,
    [year, aoi ?? null, kind ?? null],
    options,
  );
  const plain = found.filter((one) => one.kind === null);
  const meant = kind === undefined && plain.length > 0 ? plain : found;
  const [dataset, another] = meant;
  if (dataset === undefined)
    throw new DatasetNotFound(
      `there is no dataset of area '${aoi ?? 'any'}', year ${year}${kind === undefined ? '' : `, type '${kind}'`}, or it may not be seen: /query/info lists them`,
    );
  if (another !== undefined)
    throw new InvalidArgument(
      `area '${aoi ?? 'any'}' and year ${year} mean several datasets: say which by aoi and ptype (${meant
        .map((one) => `${one.aoi} ${one.kind ?? '-'}`)
        .join(', ')})`,
    );
  return dataset;
}
