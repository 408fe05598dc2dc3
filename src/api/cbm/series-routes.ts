import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { readSeries } from '../../archive/read-series.ts';
import { InvalidArgument } from '../../errors.ts';
import { datasetOfArea } from '../../store/dataset-of-area.ts';
import { listLayouts } from '../../store/layouts.ts';
import { markersOf } from '../../store/markers-of.ts';
import { pidOfLabel } from '../../store/parcel-rows.ts';
import { sceneHistograms } from '../../store/scene-classes.ts';
import type { Store } from '../../store/store.ts';
import { weatherOf } from '../../store/weather.ts';
import type { App } from '../app.ts';
import { callerStore } from '../caller-store.ts';
import type { Doors } from '../doors.ts';
import { type Columns, columnsOf, columnsSchema, csvOfColumns } from './columns.ts';
import { flag, isSet, parcelParameters } from './parameters.ts';
import { seriesColumns, seriesTypes, servedBands, wantedBands } from './series-columns.ts';

const tags = ['checks by monitoring'];
const config = { access: 'parcels' } as const;
const tsformat = Type.Optional(
  Type.Unsafe<'json' | 'csv'>({ type: 'string', enum: ['json', 'csv'], description: 'json when left out.' }),
);
const response = {
  200: {
    description: 'An object of lists, or the same as CSV.',
    content: {
      'application/json': { schema: columnsSchema },
      'text/csv': { schema: Type.String() },
    },
  },
};

/** Series of one parcel: signatures, scene classes, weather, markers. */
export function seriesRoutes(app: App, doors: Doors): void {
  app.get(
    '/query/parcelTimeSeries',
    {
      config,
      schema: {
        tags,
        summary: 'Signatures of a parcel over time',
        operationId: 'parcelTimeSeries',
        querystring: Type.Object({
          ...parcelParameters,
          tstype: Type.Optional(
            Type.Unsafe<(typeof seriesTypes)[number]>({
              type: 'string',
              enum: [...seriesTypes],
              description: 's2: Sentinel-2, bs: backscatter, c6 and c1: coherence, scl: scene classes.',
            }),
          ),
          band: Type.Optional(Type.String({ maxLength: 100, description: 'All when left out.' })),
          scl: flag('Scene classes beside each row; true when left out.'),
          ref: flag('The name of the image beside each row.'),
          tsformat,
        }),
        response,
      },
    },
    async (request, reply) => {
      const { pid, tstype = 's2', band, scl, ref, tsformat = 'json' } = request.query;
      const { signal } = request;
      const store = callerStore(doors, request);
      const dataset = await datasetOfArea(store, areaOf(request.query), { signal });
      const parcel = await pidOfLabel(store, dataset.id, pid, { signal });
      if (tstype === 'scl') {
        const found =
          parcel === undefined ? [] : await sceneHistograms(store, dataset.id, parcel, { signal });
        const rows = found.map(({ image, hist }) => ({ obsid: image, hist }));
        return answer(reply, columnsOf(['obsid', 'hist'], rows), tsformat, `${pid}_scl`);
      }
      const all = servedBands(await listLayouts(store, dataset.id), tstype);
      const bands = wantedBands(all, band);
      if (bands.length === 0 && band !== undefined && band !== '' && all.length > 0)
        throw new InvalidArgument(
          `there is no band '${band}' of ${tstype}; there are ${all.map(({ served }) => served).join(', ')}`,
        );
      const classes = tstype === 's2' && isSet(scl, true);
      const series = await readSeries(store, {
        dataset: dataset.id,
        // No parcel has this number: an unknown one gives an answer without rows.
        pids: [parcel ?? Number.MIN_SAFE_INTEGER],
        bands: bands.map(({ stored }) => stored),
        histogram: classes ? 'SCL' : null,
        signal,
      });
      const columns = seriesColumns(series, bands, { classes, reference: isSet(ref) });
      return answer(reply, columns, tsformat, `${pid}_${tstype}`);
    },
  );

  app.get(
    '/query/weatherTimeSeries',
    {
      config,
      schema: {
        tags,
        summary: 'Weather of the cell nearest to a parcel',
        operationId: 'weatherTimeSeries',
        querystring: Type.Object({ ...parcelParameters, tsformat }),
        response,
      },
    },
    async (request, reply) => {
      const { pid, tsformat = 'json' } = request.query;
      const { store, dataset, parcel } = await parcelOf(callerStore(doors, request), request);
      const days =
        parcel === undefined ? [] : await weatherOf(store, dataset, parcel, { signal: request.signal });
      const rows = days.map(({ day, ...values }) => ({ meteo_date: day, ...values }));
      const names = ['meteo_date', 'tmin', 'tmax', 'tmean', 'prec'] as const;
      return answer(reply, columnsOf(names, rows), tsformat, `${pid}_weather`);
    },
  );

  app.get(
    '/query/markers',
    {
      config,
      schema: {
        tags,
        summary: 'Markers of a parcel',
        operationId: 'markers',
        querystring: Type.Object(parcelParameters),
        response: { 200: columnsSchema },
      },
    },
    async (request) => {
      const { pid } = request.query;
      const { store, dataset, parcel } = await parcelOf(callerStore(doors, request), request);
      const found =
        parcel === undefined ? [] : await markersOf(store, dataset, parcel, { signal: request.signal });
      const rows = found.map(({ kind, from, at, to, value, rule }, i) => ({
        foi_id: i + 1,
        marker: kind,
        marker_type: rule,
        date_start: from,
        date_main: at,
        date_end: to,
        duration_days: (Date.parse(to) - Date.parse(from)) / 86_400_000,
        value_1: null,
        value_2: value,
        value_3: null,
        pid,
        practice: null,
      }));
      const names = [
        'foi_id',
        'marker',
        'marker_type',
        'date_start',
        'date_main',
        'date_end',
        'duration_days',
        'value_1',
        'value_2',
        'value_3',
        'pid',
        'practice',
      ] as const;
      return columnsOf(names, rows);
    },
  );
}

interface AreaQuery {
  readonly aoi?: string | undefined;
  readonly year: number;
  readonly ptype?: string | undefined;
}

/** The dataset that a request means; an empty kind is none. */
export function areaOf({ aoi, year, ptype }: AreaQuery) {
  return { aoi: aoi || undefined, year, kind: ptype || undefined };
}

async function parcelOf(
  store: Store,
  { query, signal }: { readonly query: AreaQuery & { readonly pid: string }; readonly signal: AbortSignal },
) {
  const dataset = await datasetOfArea(store, areaOf(query), { signal });
  return { store, dataset: dataset.id, parcel: await pidOfLabel(store, dataset.id, query.pid, { signal }) };
}

/** JSON, or CSV as a file of that name. */
function answer(reply: FastifyReply, columns: Columns, format: 'json' | 'csv', name: string) {
  if (format === 'json') return columns;
  const file = `${name.replaceAll(/[^\w.-]/g, '_')}.csv`;
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${file}"`)
    .send(csvOfColumns(columns));
}
