import { DatasetNotFound, InvalidArgument } from '../errors.ts';
import type { Queryable, QueryOptions } from './store.ts';

/** Where and when a dataset's parcels were declared; what is left out stays, null takes it back. */
export interface DatasetPlace {
  readonly aoi?: string | null | undefined;
  readonly year?: number | null | undefined;
  readonly kind?: string | null | undefined;
  /** The attribute of the parcels that holds the number of their crop. */
  readonly cropCode?: string | null | undefined;
}

/**
 * States area, year and kind of a dataset, by which services ask for it. Throws `DatasetNotFound` where there is none or this role may
 * not write it, `InvalidArgument` for a year that is none.
 */
export async function placeDataset(
  store: Queryable,
  name: string,
  { aoi, year, kind, cropCode }: DatasetPlace,
  { signal }: QueryOptions = {},
): Promise<void> {
  if (typeof year === 'number' && !(Number.isInteger(year) && year >= 1 && year <= 9999))
    throw new InvalidArgument(`${year} is no year`);
  const [changed] = await store.query(
    `update furrow.dataset set
        aoi = case when $2 then $3 else aoi end,
        year = case when $4 then $5::integer else year end,
        kind = case when $6 then $7 else kind end,
        attributes = case when $8::text is null then attributes
          else attributes || jsonb_build_object('cropCode', nullif($8, '')) end
      where name = $1 returning id`,
    [
      name,
      aoi !== undefined,
      aoi ?? null,
      year !== undefined,
      year ?? null,
      kind !== undefined,
      kind ?? null,
      cropCode === undefined ? null : (cropCode ?? ''),
    ],
    { signal },
  );
  if (changed === undefined)
    throw new DatasetNotFound(`there is no dataset '${name}', or this role may not write to it`);
}
