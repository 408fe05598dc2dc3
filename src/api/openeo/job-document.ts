import { Type } from 'typebox';
import type { Job, JobSummary, LogLine } from '../../jobs/job.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { anyObject } from '../openapi.ts';
import { type Link, linkSchema, openeoAddress } from './addresses.ts';
import { freePlan } from './capabilities.ts';

/** Of links to what is going on; whoever opens one is heard to the end of the run. */
const linkMs = 15 * 60_000;

/** What a job's log can be followed at without a header, as browsers do: `what` of the signed link. */
export function followedLog(job: string): string {
  return `job-log/${job}`;
}

/** A batch job as the openEO API writes it; with its process only where it is asked for alone. */
export function jobDocument(job: JobSummary | Job): Record<string, unknown> {
  const { id, title, description, status, progress, created, updated, plan, budget, usage, logLevel } = job;
  return {
    id,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...('process' in job ? { process: job.process } : {}),
    status,
    progress,
    created: created.toISOString(),
    updated: updated.toISOString(),
    plan: plan ?? freePlan,
    ...(budget === undefined ? {} : { budget }),
    ...(usage === undefined ? {} : { usage }),
    log_level: logLevel,
  };
}

/** Where to go from a job: its results and its log, which a browser can follow for a while without logging in. */
export function jobLinks(doors: Doors, owner: string, { id, status }: JobSummary): Link[] {
  const json = 'application/json';
  const socket = doors.address().replace(/^http/, 'ws');
  const token = doors.signer.sign({
    what: followedLog(id),
    owner,
    expires: new Date(doors.clock().getTime() + linkMs),
  });
  return [
    { rel: 'self', href: openeoAddress(doors, `/jobs/${id}`), type: json },
    { rel: 'monitor', href: openeoAddress(doors, `/jobs/${id}/logs`), type: json },
    {
      rel: 'monitor',
      href: `${socket}${openeoPrefix}/signed-logs/${token}`,
      title: 'Log lines and progress as they come, over a WebSocket',
    },
    ...(status === 'finished'
      ? [{ rel: 'result', href: openeoAddress(doors, `/jobs/${id}/results`), type: json }]
      : []),
  ];
}

/** A log as the openEO API answers it. */
export const logsSchema = Type.Object({
  level: Type.String(),
  logs: Type.Array(anyObject),
  links: Type.Array(linkSchema),
});

/** A line of a log as the openEO API writes it. */
export function logEntry({ id, time, level, message, code, data }: LogLine): Record<string, unknown> {
  return {
    id,
    time: time.toISOString(),
    level,
    message,
    ...(code === undefined ? {} : { code }),
    ...(data === undefined ? {} : { data }),
  };
}
