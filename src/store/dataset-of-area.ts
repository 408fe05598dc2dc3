import { DatasetAmbiguous, DatasetNotFound } from '../errors.ts';
import { shownName } from './dataset-named.ts';
import type { Queryable, QueryOptions } from './store.ts';

/** What names a dataset where services ask by area and year of the declaration. */
export interface AreaAndYear {
  /**
   * Letter case does not matter. The own dataset of that area, or else the only one that can be seen; `OWNER/AREA` is that owner's. The only
   * one at all when left out.
   */
  readonly aoi?: string | undefined;
  readonly year: number;
  /** One of several sets of parcels of that area and year. */
  readonly kind?: string | undefined;
}

/** A dataset without the number of its parcels, which takes counting. */
export interface AreaDataset {
  readonly id: number;
  readonly name: string;
  readonly owner: string;
  /** In lower case. */
  readonly aoi: string;
  readonly year: number;
  readonly kind: string | null;
  readonly srid: number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Every dataset under its area and years: what was stated, or else its name, and the years in which it has images. In lower case.
 */
const placed = `select d.id, ${shownName} as name, d.owner, d.owner = (select furrow.identity()) as own,
    lower(coalesce(d.aoi, d.name)) as aoi, y.year, nullif(d.kind, '') as kind, d.srid, d.attributes
  from furrow.dataset d cross join lateral (
    select d.year where d.year is not null
    union
    select distinct extract(year from e.datetime at time zone 'UTC')::integer from furrow.extraction e
      where d.year is null and e.dataset_id = d.id
  ) y(year)`;

/** Whether an area is meant by the bound value `$1`; every one is where it is null. */
const named = `($1::text is null or aoi = lower($1) or lower(owner) || '/' || aoi = lower($1))`;

/**
 * All datasets that this role may see, or those of one area, by area, year and kind. Their areas are as who asks finds them: `OWNER/AREA`
 * where somebody else has one that several owners have.
 */
export async function listAreas(
  store: Queryable,
  { aoi, signal }: QueryOptions & { readonly aoi?: string | undefined } = {},
): Promise<AreaDataset[]> {
  return await store.query<AreaDataset & Record<string, unknown>>(
    `select id, name, owner, year, kind, srid, attributes,
        case when own or one and position('/' in aoi) = 0 then aoi else lower(owner) || '/' || aoi end as aoi
      from (select *, min(owner) over (partition by aoi) = max(owner) over (partition by aoi) as one from (${placed}) p) q
      where ${named} order by q.aoi, year, kind nulls first, id`,
    [aoi ?? null],
    { signal },
  );
}

/**
 * The dataset of an area and year. Without a kind the one that has none, or else the only one. Throws `DatasetNotFound` when there is
 * none or this role may not see it, `DatasetAmbiguous` when several are meant.
 */
export async function datasetOfArea(
  store: Queryable,
  { aoi, year, kind }: AreaAndYear,
  options: QueryOptions = {},
): Promise<AreaDataset> {
  const all = await store.query<AreaDataset & { rank: number } & Record<string, unknown>>(
    `select *, case when $1::text is null or own and aoi = lower($1) then 0 when aoi <> lower($1) then 1 else 2 end as rank
      from (${placed}) p where year = $2 and ${named} and ($3::text is null or kind = $3)
      order by rank, kind nulls first, id`,
    [aoi ?? null, year, kind ?? null],
    options,
  );
  const found = all.filter(({ rank }) => rank === all[0]?.rank);
  const plain = found.filter((one) => one.kind === null);
  const meant = kind === undefined && plain.length > 0 ? plain : found;
  const [dataset, another] = meant;
  if (dataset === undefined)
    throw new DatasetNotFound(
      `there is no dataset of area '${aoi ?? 'any'}', year ${year}${kind === undefined ? '' : `, type '${kind}'`}, or it may not be seen: /query/info lists them`,
    );
  if (another !== undefined)
    throw new DatasetAmbiguous(
      `area '${aoi ?? 'any'}' and year ${year} mean several datasets: say which by aoi and ptype (${meant
        .map((one) => `${one.owner}/${one.aoi} ${one.kind ?? '-'}`)
        .join(', ')})`,
    );
  return dataset;
}
