import { Type } from 'typebox';
import { listAreas } from '../../store/dataset-of-area.ts';
import { findParcels } from '../../store/find-parcels.ts';
import { listLayouts } from '../../store/layouts.ts';
import type { App } from '../app.ts';
import { callerStore } from '../caller-store.ts';
import type { Doors } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { backgroundNames } from './backgrounds.ts';
import { servedBands } from './series-columns.ts';

/** Which areas, years and kinds who asks may see, with examples of identifiers and requests. */
export function infoRoute(app: App, doors: Doors): void {
  app.get(
    '/query/info',
    {
      config: { access: 'parcels' },
      schema: {
        tags: ['checks by monitoring'],
        summary: 'What there is to ask',
        operationId: 'info',
        querystring: Type.Object({ aoi: Type.Optional(Type.String({ maxLength: 200 })) }),
        response: { 200: anyObject },
      },
    },
    async (request) => {
      const { signal } = request;
      const store = callerStore(doors, request);
      const datasets = await listAreas(store, { aoi: request.query.aoi || undefined, signal });
      // Areas are called what their owners like, also as what every object has.
      const aois = Object.create(null) as Record<string, Record<string, unknown>>;
      for (const { id, aoi, year, kind } of datasets) {
        const own = (aois[aoi] ??= {
          years: [],
          datasets: [],
          time_series: [],
          tms: backgroundNames(),
          id_table_column: 'pid',
          request_examples: {},
        });
        const layouts = await listLayouts(store, id);
        const series = own.time_series as string[];
        for (const type of ['s2', 'bs', 'c6'] as const)
          if (!series.includes(type) && servedBands(layouts, type).length > 0) series.push(type);
        const years = own.years as number[];
        if (!years.includes(year)) years.push(year);
        const kinds = own.datasets as string[];
        if (kind !== null && !kinds.includes(kind)) kinds.push(kind);
        const ids = (await findParcels(store, { dataset: id, most: 5, signal })).map(({ label }) => label);
        own[`id_examples_${year}${kind === null ? '' : `_${kind}`}`] = ids;
        Object.assign(own.request_examples as object, examples(doors.address(), { aoi, year, kind }, ids[0]));
      }
      const server = doors.address();
      return { server, helpers: { description: `${server}/openapi.json` }, aois };
    },
  );
}

function examples(
  server: string,
  { aoi, year, kind }: { readonly aoi: string; readonly year: number; readonly kind: string | null },
  pid: string | undefined,
): Record<string, string> {
  if (pid === undefined) return {};
  const named = new URLSearchParams({
    aoi,
    year: String(year),
    ...(kind === null ? {} : { ptype: kind }),
    pid,
  });
  const at = (route: string, more = '') => `${server}/query/${route}?${named}${more}`;
  return {
    parcelByID: at('parcelByID', '&withGeometry=True'),
    parcelTimeSeries: at('parcelTimeSeries', '&tstype=s2'),
    parcelPeers: at('parcelPeers'),
    weatherTimeSeries: at('weatherTimeSeries'),
  };
}
