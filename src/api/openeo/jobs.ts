import { Type } from 'typebox';
import type { JsonObject } from '../../jobs/job.ts';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { linkSchema, openeoAddress } from './addresses.ts';
import { jobDocument, jobLinks } from './job-document.ts';
import { checkedPlan, checkProcess, commonFields, idSchema, processSchema } from './process-body.ts';

const config = { access: 'openeo' } as const;
const tags = ['openeo jobs'];
const params = Type.Object({ job_id: idSchema });
const none = Type.Unsafe<void>(Type.Null({ description: 'Done.' }));

/** Batch jobs of the caller: made, listed, shown, changed, deleted. */
export function jobRoutes(app: App, doors: Doors): void {
  const { jobs } = doors;
  const { collections } = doors.config;
  app.get(
    `${openeoPrefix}/jobs`,
    {
      config,
      schema: {
        tags,
        summary: 'Batch jobs of the caller, the newest first',
        operationId: 'list-jobs',
        querystring: Type.Object({
          limit: Type.Optional(Type.Integer({ minimum: 1 })),
          after: Type.Optional(idSchema),
        }),
        response: { 200: Type.Object({ jobs: Type.Array(anyObject), links: Type.Array(linkSchema) }) },
      },
    },
    async (request) => {
      const { limit, after } = request.query;
      const page = await jobs.list(callerOf(request), { limit, after, signal: request.signal });
      const next = new URLSearchParams({ limit: String(limit ?? 1_000), after: page.next ?? '' });
      return {
        jobs: page.jobs.map(jobDocument),
        links:
          page.next === undefined
            ? []
            : [{ rel: 'next', href: openeoAddress(doors, `/jobs?${next}`), type: 'application/json' }],
      };
    },
  );
  app.post(
    `${openeoPrefix}/jobs`,
    {
      config,
      schema: {
        tags,
        summary: 'Make a batch job',
        operationId: 'create-job',
        body: Type.Object({ process: processSchema, ...commonFields }),
        response: { 201: none },
      },
    },
    async (request, reply) => {
      const { process, title, description, plan, budget, log_level: logLevel } = request.body;
      checkProcess(process, collections);
      const id = await jobs.create(
        callerOf(request),
        { process: process as JsonObject, title, description, plan: checkedPlan(plan), budget, logLevel },
        { signal: request.signal },
      );
      return reply
        .code(201)
        .header('location', openeoAddress(doors, `/jobs/${id}`))
        .header('openeo-identifier', id)
        .send();
    },
  );
  app.get(
    `${openeoPrefix}/jobs/:job_id`,
    {
      config,
      schema: {
        tags,
        summary: 'A batch job',
        operationId: 'describe-job',
        params,
        response: { 200: anyObject },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const job = await jobs.get(caller, request.params.job_id, { signal: request.signal });
      return { ...jobDocument(job), links: jobLinks(doors, caller.name, job) };
    },
  );
  app.patch(
    `${openeoPrefix}/jobs/:job_id`,
    {
      config,
      schema: {
        tags,
        summary: 'Change a batch job that is not queued or running',
        operationId: 'update-job',
        params,
        body: Type.Object({ process: Type.Optional(processSchema), ...commonFields }),
        response: { 204: none },
      },
    },
    async (request, reply) => {
      const { params: at, body, signal } = request;
      const caller = callerOf(request);
      const { process, title, description, plan, budget, log_level: logLevel } = body;
      if (process !== undefined) checkProcess(process, collections);
      const change = {
        process: process as JsonObject | undefined,
        title,
        description,
        plan: checkedPlan(plan),
        budget,
        logLevel,
      };
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      // A change of nothing is done at once, for a job that is there.
      if (Object.keys(given).length === 0) await jobs.get(caller, at.job_id, { signal });
      else await jobs.change(caller, at.job_id, given, { signal });
      return reply.code(204).send();
    },
  );
  app.delete(
    `${openeoPrefix}/jobs/:job_id`,
    {
      config,
      schema: {
        tags,
        summary: 'Delete a batch job, its log and its results',
        operationId: 'delete-job',
        params,
        response: { 204: none },
      },
    },
    async (request, reply) => {
      // To its end, also when the client goes meanwhile.
      await jobs.remove(callerOf(request), request.params.job_id);
      return reply.code(204).send();
    },
  );
}
