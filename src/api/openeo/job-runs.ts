import { Type } from 'typebox';
import { logLevels } from '../../jobs/job.ts';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { openeoAddress } from './addresses.ts';
import { logEntry, logsSchema } from './job-document.ts';
import { idSchema } from './process-body.ts';
import { resultDocument, unfinishedDocument } from './result-document.ts';

const config = { access: 'openeo' } as const;
const tags = ['openeo jobs'];
const params = Type.Object({ job_id: idSchema });
const none = Type.Unsafe<void>(Type.Null({ description: 'Done.' }));
const path = `${openeoPrefix}/jobs/:job_id/results`;
/** Lines of one answer, where no fewer are asked for. */
const mostLines = 1_000;
const geojson = 'application/geo+json';

/** Batch jobs are started, cancelled, and asked for their log and their results. */
export function jobRunRoutes(app: App, doors: Doors): void {
  const { jobs } = doors;
  app.post(
    path,
    {
      config,
      schema: {
        tags,
        summary: 'Queue a batch job',
        operationId: 'start-job',
        params,
        response: { 202: none },
      },
    },
    async (request, reply) => {
      await jobs.start(callerOf(request), request.params.job_id, { signal: request.signal });
      return reply.code(202).send();
    },
  );
  app.delete(
    path,
    {
      config,
      schema: {
        tags,
        summary: 'Cancel a batch job',
        operationId: 'stop-job',
        params,
        response: { 204: none },
      },
    },
    async (request, reply) => {
      // To its end, also when the client goes meanwhile.
      await jobs.cancel(callerOf(request), request.params.job_id);
      return reply.code(204).send();
    },
  );
  app.get(
    path,
    {
      config,
      schema: {
        tags,
        summary: 'Results of a batch job, as a STAC item or collection with links that end',
        operationId: 'list-results',
        params,
        querystring: Type.Object({ partial: Type.Optional(Type.Boolean()) }),
        response: { 200: anyObject, 424: Type.Object({ id: Type.String(), message: Type.String() }) },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { signal, params: at, query } = request;
      reply.header('openeo-costs', '0');
      const job = await jobs.get(caller, at.job_id, { signal });
      // Files of a run are there when all of them are: what is partial is nothing yet.
      if (query.partial === true && (job.status === 'queued' || job.status === 'running'))
        return unfinishedDocument(doors, job);
      const outcome = await jobs.results(caller, at.job_id, { signal });
      if (outcome.kind === 'error')
        return reply.code(424).send(logEntry(outcome.entry) as { id: string; message: string });
      const wantsItem = (request.headers.accept ?? '').split(',')[0]?.trim().startsWith(geojson) === true;
      const document = resultDocument(doors, {
        owner: caller.name,
        job,
        results: outcome.results,
        wantsItem,
      });
      return reply
        .type(document.type === 'Feature' && wantsItem ? geojson : 'application/json')
        .send(document);
    },
  );
  app.get(
    `${openeoPrefix}/jobs/:job_id/logs`,
    {
      config,
      schema: {
        tags,
        summary: 'The log of a batch job',
        operationId: 'debug-job',
        params,
        querystring: Type.Object({
          offset: Type.Optional(
            Type.String({ maxLength: 100, description: 'Id of the last line that is known.' }),
          ),
          level: Type.Optional(Type.Enum([...logLevels], { default: 'info' })),
          limit: Type.Optional(Type.Integer({ minimum: 1 })),
        }),
        response: {
          200: logsSchema,
        },
      },
    },
    async (request) => {
      const { level = 'info', limit: asked = mostLines, offset: known } = request.query;
      const limit = Math.min(asked, mostLines);
      const id = request.params.job_id;
      const lines = await jobs.logs(callerOf(request), id, {
        level,
        limit,
        offset: known,
        signal: request.signal,
      });
      const last = lines.length === limit ? lines.at(-1)?.id : undefined;
      const next = new URLSearchParams({ level, limit: String(limit), offset: last ?? '' });
      return {
        level,
        logs: lines.map(logEntry),
        links:
          last === undefined
            ? []
            : [
                {
                  rel: 'next',
                  href: openeoAddress(doors, `/jobs/${id}/logs?${next}`),
                  type: 'application/json',
                },
              ],
      };
    },
  );
}
