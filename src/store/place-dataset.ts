import { InvalidArgument, PermissionsInsufficient } from '../errors.ts';
import { datasetNamed } from './dataset-named.ts';
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
 * States area, year and kind of a dataset, by which services ask for it. Throws `DatasetNotFound`, `DatasetAmbiguous`,
 * `PermissionsInsufficient` where it may only be read, `InvalidArgument` for a year that is none.
 */
export async function placeDataset(
  store: Queryable,
  name: string,
  { aoi, year, kind, cropCode }: DatasetPlace,
  { signal }: QueryOptions = {},
): Promise<void> {
  if (typeof year === 'number' && !(Number.isInteger(year) && year >= 1 && year <= 9999))
    throw new InvalidArgument(`${year} is no year`);
  const { id, owner } = await datasetNamed(store, name, { signal });
  const [changed] = await store.query(
    `update furrow.dataset set
        aoi = case when $2 then $3 else aoi end,
        year = case when $4 then $5::integer else year end,
        kind = case when $6 then $7 else kind end,
        attributes = case when $8::text is null then attributes
          else attributes || jsonb_build_object('cropCode', nullif($8, '')) end
      where id = $1 returning id`,
    [
      id,
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
    throw new PermissionsInsufficient(
      `dataset '${name}' belongs to '${owner}': it may be read, and changed by its owner`,
    );
}
