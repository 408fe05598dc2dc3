import { InvalidArgument } from '../errors.ts';
import type { QueryOptions, Store } from './store.ts';
import type { WeatherDay } from './weather.ts';

/** One day in one cell, whose middle is given in degrees. */
export interface WeatherRow extends WeatherDay {
  readonly grid: number;
  readonly lon: number;
  readonly lat: number;
}

/** Rows of one statement. */
const batch = 5000;

/**
 * Stores weather for the parcels of a dataset, in one transaction; days that are there already are replaced. Throws `InvalidArgument`
 * for a place that is none, `StoreFailure` where this role may not write to the dataset.
 */
export async function saveWeather(
  store: Store,
  dataset: number,
  rows: readonly WeatherRow[],
  { signal }: QueryOptions = {},
): Promise<void> {
  const cells = new Map<number, WeatherRow>();
  const days = new Map<string, WeatherRow>();
  for (const row of rows) {
    if (!(Math.abs(row.lon) <= 180 && Math.abs(row.lat) <= 90) || !Number.isSafeInteger(row.grid))
      throw new InvalidArgument(`cell ${row.grid} at ${row.lon}, ${row.lat} is no place`);
    cells.set(row.grid, row);
    days.set(`${row.grid} ${row.day}`, row);
  }
  await store.transaction(
    async (queryable) => {
      const places = [...cells.values()];
      await queryable.query(
        `insert into furrow.weather_grid (dataset_id, grid_id, cell)
          select $1, c.id, ST_SetSRID(ST_MakePoint(c.lon, c.lat), 4326)
          from unnest($2::bigint[], $3::float8[], $4::float8[]) c(id, lon, lat)
          on conflict (dataset_id, grid_id) do update set cell = excluded.cell`,
        [dataset, places.map(({ grid }) => grid), places.map(({ lon }) => lon), places.map(({ lat }) => lat)],
      );
      const all = [...days.values()];
      for (let at = 0; at < all.length; at += batch) {
        const part = all.slice(at, at + batch);
        await queryable.query(
          `insert into furrow.weather (dataset_id, grid_id, day, tmin, tmax, tmean, prec)
            select $1, w.* from unnest($2::bigint[], $3::date[], $4::real[], $5::real[], $6::real[], $7::real[]) w
            on conflict (dataset_id, grid_id, day) do update
              set tmin = excluded.tmin, tmax = excluded.tmax, tmean = excluded.tmean, prec = excluded.prec`,
          [
            dataset,
            part.map(({ grid }) => grid),
            part.map(({ day }) => day),
            ...(['tmin', 'tmax', 'tmean', 'prec'] as const).map((name) => part.map((row) => row[name])),
          ],
        );
      }
    },
    { signal },
  );
}
