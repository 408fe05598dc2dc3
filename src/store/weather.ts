import type { Queryable, QueryOptions } from './store.ts';

/** The weather of one day: degrees Celsius and millimetres, null where it is not known. */
export interface WeatherDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly tmin: number | null;
  readonly tmax: number | null;
  readonly tmean: number | null;
  readonly prec: number | null;
}

/** The days of the cell that lies nearest to a parcel, in order; none where the dataset has no weather. */
export async function weatherOf(
  store: Queryable,
  dataset: number,
  pid: number,
  { signal }: QueryOptions = {},
): Promise<WeatherDay[]> {
  return await store.query<WeatherDay & Record<string, unknown>>(
    `select w.day, w.tmin, w.tmax, w.tmean, w.prec
      from furrow.weather w
      where w.dataset_id = $1 and w.grid_id = (
        select g.grid_id from furrow.weather_grid g, furrow.parcel p
        where g.dataset_id = $1 and p.dataset_id = $1 and p.pid = $2
        order by g.cell <-> p.geom, g.grid_id limit 1)
      order by w.day`,
    [dataset, pid],
    { signal },
  );
}
