import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { readSeries } from '../../archive/read-series.ts';
import { InvalidArgument, NoData } from '../../errors.ts';
import { csvOfTable } from '../../formats/table-csv.ts';
import { parquetOfTable } from '../../formats/table-parquet.ts';
import { tableOf } from '../../session/signature-batches.ts';
import { checkBand } from '../../store/dataset-bands.ts';
import { datasetNamed } from '../../store/dataset-named.ts';
import { listExtractions } from '../../store/images.ts';
import { parcelRows } from '../../store/parcel-rows.ts';
import { noSignatures } from '../../store/signature-series.ts';
import type { Store } from '../../store/store.ts';
import { streamSeries } from '../../store/stream-series.ts';
import type { App } from '../app.ts';
import { startOfDay } from '../calendar-day.ts';
import { callerStore } from '../caller-store.ts';
import type { Doors } from '../doors.ts';
import { datasetPath } from './dataset-routes.ts';
import { geojsonOfBatches } from './geojson-batches.ts';
import type { MeasuredBatch } from './measured-batch.ts';

const formats = ['geojson', 'csv', 'parquet'] as const;
const types = {
  geojson: 'application/geo+json',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const;
const statistics = ['mean', 'std', 'min', 'max', 'p25', 'p50', 'p75'];

/** What all parcels of a dataset measured on a day or on one image: GeoJSON, CSV or Parquet, sent as it is read. */
export function statisticsRoute(app: App, doors: Doors): void {
  app.get(
    '/parcels/:dataset/statistics',
    {
      config: { access: 'parcels' },
      schema: {
        tags: ['parcels'],
        summary: 'All parcels on one day or image',
        operationId: 'datasetStatistics',
        params: datasetPath,
        querystring: Type.Object({
          day: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'In UTC.' })),
          item: Type.Optional(
            Type.String({ minLength: 1, maxLength: 500, description: 'Name of an image.' }),
          ),
          index: Type.Optional(
            Type.String({ minLength: 1, maxLength: 100, description: 'Index or band; ndvi when left out.' }),
          ),
          format: Type.Optional(
            Type.Unsafe<(typeof formats)[number]>({ type: 'string', enum: [...formats] }),
          ),
        }),
        produces: Object.values(types).map((type) => type.split(';')[0] ?? type),
        response: { 200: Type.Unsafe<unknown>({ description: 'Parcels with their statistics.' }) },
      },
    },
    async (request, reply) => {
      const { day, item, index = 'ndvi', format = 'geojson' } = request.query;
      const { signal } = request;
      const store = callerStore(doors, request);
      const dataset = await datasetNamed(store, request.params.dataset, { signal });
      const { id, name } = dataset;
      const when = await timesOf(store, id, { day, item, signal });
      const { any, all: batches } = await begun(
        batchesOf(store, { dataset: id, band: index, ...when, signal }),
      );
      if (!any) await checkBand(store, dataset, index, { signal });
      const bytes =
        format === 'geojson'
          ? geojsonOfBatches(batches, index)
          : format === 'csv'
            ? csvOfTable(tables(batches, index))
            : parquetOfTable(tables(batches, index));
      const file = `${name}_${day ?? item}_${index}.${format}`.replaceAll(/[^\w.-]/g, '_');
      return reply
        .type(types[format])
        .header('content-disposition', `attachment; filename="${file}"`)
        .send(Readable.from(bytes, { objectMode: false }));
    },
  );
}

interface When {
  readonly from: string;
  readonly to: string;
  readonly image?: number | undefined;
}

/** From (included) to (excluded). Throws `InvalidArgument` where not one of the two is given, `NoData` for an unknown image. */
async function timesOf(
  store: Store,
  dataset: number,
  asked: {
    readonly day?: string | undefined;
    readonly item?: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<When> {
  const { day, item, signal } = asked;
  if ((day === undefined) === (item === undefined))
    throw new InvalidArgument('say of which day or of which item: one of the two');
  if (day !== undefined) {
    const start = startOfDay(day);
    return { from: new Date(start).toISOString(), to: new Date(start + 86_400_000).toISOString() };
  }
  const found = (await listExtractions(store, dataset, { signal })).find(
    ({ reference }) => reference === item,
  );
  if (found === undefined) throw new NoData(`'${item}' is no image of this dataset`);
  const { datetime, image } = found;
  return { from: datetime.toISOString(), to: new Date(datetime.getTime() + 1).toISOString(), image };
}

async function* batchesOf(
  store: Store,
  asked: When & { readonly dataset: number; readonly band: string; readonly signal: AbortSignal },
): AsyncGenerator<MeasuredBatch, void, undefined> {
  const { dataset, band, from, to, image, signal } = asked;
  const options = { dataset, bands: [band], from, to, image, signal, rowsAtOnce: 5000 };
  for await (const series of streamSeries(store, options, readSeries)) {
    const pids = [...new Set(series.pid)];
    const found = await parcelRows(store, { dataset, pids, most: pids.length, signal });
    yield { series, parcels: new Map(found.map((parcel) => [parcel.pid, parcel])) };
  }
}

/** Reads the first batch: while nothing is sent, an error can still be told. */
async function begun(
  batches: AsyncGenerator<MeasuredBatch, void, undefined>,
): Promise<{ readonly any: boolean; readonly all: AsyncIterable<MeasuredBatch> }> {
  const first = await batches.next();
  async function* all() {
    if (first.done === true) return;
    yield first.value;
    yield* batches;
  }
  return { any: first.done !== true, all: all() };
}

async function* tables(batches: AsyncIterable<MeasuredBatch>, band: string) {
  let any = false;
  for await (const { series, parcels } of batches) {
    any = true;
    yield tableOf(series, [band], statistics, {}, (pid) => parcels.get(pid));
  }
  if (!any) yield tableOf(noSignatures, [band], statistics, {}, () => undefined);
}
