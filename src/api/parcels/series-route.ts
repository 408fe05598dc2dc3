import { type Static, Type } from 'typebox';
import { readSeries } from '../../archive/read-series.ts';
import { NoData } from '../../errors.ts';
import { clearScl } from '../../parcels/quality.ts';
import { checkBand } from '../../store/dataset-bands.ts';
import { datasetNamed } from '../../store/dataset-named.ts';
import { Gathering } from '../../store/gather-questions.ts';
import { type LiveSeries, liveSeries } from '../../store/live-series.ts';
import { parcelRows } from '../../store/parcel-rows.ts';
import { pointsOf } from '../../store/seasons-of.ts';
import type { Store } from '../../store/store.ts';
import type { App } from '../app.ts';
import { callerStore } from '../caller-store.ts';
import { csvOfColumns } from '../cbm/columns.ts';
import type { Doors } from '../doors.ts';
import { parcelPath } from './dataset-routes.ts';

/** Times of a question: a date or a moment. */
const moment = (description: string) =>
  Type.Optional(Type.String({ minLength: 4, maxLength: 40, description }));

const numbers = Type.Array(Type.Union([Type.Number(), Type.Null()]));
const seriesSchema = Type.Object(
  {
    dataset: Type.String(),
    pid: Type.Integer(),
    band: Type.String(),
    dates: Type.Array(Type.String(), { description: 'ISO 8601, UTC.' }),
    items: Type.Array(Type.String(), { description: 'Names of the images.' }),
    n: Type.Array(Type.Integer(), { description: 'Valid pixels.' }),
    mean: numbers,
    p25: numbers,
    p50: numbers,
    p75: numbers,
    clear: Type.Array(Type.Number(), { description: 'Share of the parcel that shows the ground, 0 to 1.' }),
  },
  {
    description:
      'One list a column, all of one length: an element a pass over the parcel, in the order of time.',
  },
);
type Answer = Static<typeof seriesSchema>;

/** Questions of one kind under way at a time: the store works on one while the server takes the answers of the other apart. */
const atOnce = 2;
/** Parcels of one question: in larger ones all callers meet, and the server rests while the store works. */
const most = 12;
const stats = ['mean', 'p25', 'p50', 'p75'];

interface Asked {
  readonly dataset: string;
  readonly band: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The season of one parcel from the store: an index or a band. Requests that meet share statements. */
export function parcelSeriesRoute(app: App, doors: Doors): void {
  const gathered = new WeakMap<Store, Map<string, Gathering<number, Answer | undefined>>>();

  /** Questions of one identity for the same thing; a store is what one identity sees. */
  function questions(store: Store, asked: Asked): Gathering<number, Answer | undefined> {
    const own = gathered.get(store) ?? new Map<string, Gathering<number, Answer | undefined>>();
    gathered.set(store, own);
    const key = JSON.stringify([asked.dataset, asked.band, asked.from, asked.to]);
    const known = own.get(key);
    if (known !== undefined) return known;
    for (const [other, one] of own) if (one.idle) own.delete(other);
    const made = new Gathering<number, Answer | undefined>({
      atOnce,
      most,
      ask: (pids) => seasons(store, asked, pids),
    });
    own.set(key, made);
    return made;
  }

  app.get(
    '/parcels/:dataset/:pid/series',
    {
      config: { access: 'parcels' },
      schema: {
        tags: ['parcels'],
        summary: 'The season of one parcel',
        operationId: 'parcelSeries',
        params: parcelPath,
        querystring: Type.Object({
          index: Type.Optional(
            Type.String({ minLength: 1, maxLength: 100, description: 'ndvi when left out.' }),
          ),
          band: Type.Optional(
            Type.String({ minLength: 1, maxLength: 100, description: 'A band in place of an index.' }),
          ),
          from: moment('Images from this moment on.'),
          to: moment('Images before this moment.'),
          format: Type.Optional(Type.Unsafe<'json' | 'csv'>({ type: 'string', enum: ['json', 'csv'] })),
        }),
        produces: ['application/json', 'text/csv'],
        response: { 200: Type.Unsafe<Answer | string>({ anyOf: [seriesSchema, { type: 'string' }] }) },
      },
    },
    async (request, reply) => {
      const { dataset, pid } = request.params;
      const { index, band = index ?? 'ndvi', from, to, format = 'json' } = request.query;
      const store = callerStore(doors, request);
      const answer = await questions(store, { dataset, band, from, to }).ask(pid, { signal: request.signal });
      if (answer === undefined) throw new NoData(`dataset '${dataset}' has no parcel ${pid}`);
      if (answer.dates.length === 0) {
        const { signal } = request;
        await checkBand(store, await datasetNamed(store, dataset, { signal }), band, { signal });
      }
      if (format === 'json') return answer;
      const { dataset: _, pid: __, band: ___, ...columns } = answer;
      return reply.type('text/csv; charset=utf-8').send(csvOfColumns(columns));
    },
  );
}

/** Of which number a dataset was last: whether it still is, and may be seen, is part of each answer. */
const numbersByName = new WeakMap<Store, Map<string, number>>();

/**
 * Asks the store, and gives what makes the answers: one a parcel, undefined for those that the dataset does not have. Throws
 * `DatasetNotFound`.
 */
async function seasons(
  store: Store,
  asked: Asked,
  pids: readonly number[],
): Promise<() => Promise<readonly (Answer | undefined)[]>> {
  const { dataset: name, band, from, to } = asked;
  const known = numbersByName.get(store) ?? new Map<string, number>();
  numbersByName.set(store, known);
  const options = { name, pids: [...new Set(pids)], bands: [band], stats, from, to };
  const number = known.get(name);
  let found = number === undefined ? undefined : await liveSeries(store, { ...options, dataset: number });
  if (found === undefined) {
    const { id } = await datasetNamed(store, name);
    known.set(name, id);
    found =
      (await liveSeries(store, { ...options, dataset: id })) ??
      (() => archivedSeries(store, { ...options, dataset: id }));
  }
  const read = found;
  return async () => answersOf(await read(), asked, pids);
}

/** The same where months lie in files. */
async function archivedSeries(
  store: Store,
  options: Parameters<typeof readSeries>[1] & { readonly pids: readonly number[] },
): Promise<LiveSeries> {
  const { dataset, pids } = options;
  const there = await parcelRows(store, { dataset, pids, most: pids.length });
  return {
    series: await readSeries(store, options),
    clear: clearScl,
    parcels: new Set(there.map(({ pid }) => pid)),
  };
}

function answersOf(
  { series, clear, parcels }: LiveSeries,
  { dataset, band }: Asked,
  pids: readonly number[],
): (Answer | undefined)[] {
  const points = pointsOf(series, band, clear);
  return pids.map((pid) => {
    if (!parcels.has(pid)) return undefined;
    const own = points.get(pid) ?? [];
    return {
      dataset,
      pid,
      band,
      dates: own.map(({ datetime }) => datetime),
      items: own.map(({ itemId }) => itemId),
      n: own.map(({ n }) => n),
      mean: own.map(({ mean }) => short(mean)),
      p25: own.map(({ p25 }) => short(p25)),
      p50: own.map(({ p50 }) => short(p50)),
      p75: own.map(({ p75 }) => short(p75)),
      clear: own.map(({ clear }) => Math.round(clear * 1e4) / 1e4),
    };
  });
}

/**
 * Seven digits or a little more, as many as single precision has; JSON has no NaN. By rounding: making a text and reading it back
 * took a tenth of the time of a request.
 */
function short(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  const size = Math.abs(value);
  const steps = size >= 1e6 ? 10 : size >= 1e3 ? 1e4 : size >= 1 ? 1e6 : 1e9;
  return Math.round(value * steps) / steps;
}
