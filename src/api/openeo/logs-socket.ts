import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { WebSocket } from 'ws';
import { Cancelled, FurrowError, NotFound } from '../../errors.ts';
import type { JobEvent } from '../../jobs/open-jobs.ts';
import { callerOf } from '../access.ts';
import type { App } from '../app.ts';
import { type Doors, openeoPrefix } from '../doors.ts';
import { openedLink } from '../opened-link.ts';
import { logEntry } from './job-document.ts';
import { idSchema } from './process-body.ts';
import { signedTarget } from './signed-links.ts';
import { openSeats } from './socket-seats.ts';

/** Bytes that may wait for a client before the log is read on. */
const mostWaiting = 1 << 20;
const waitMs = 50;
/** Proxies close connections on which nothing passes. */
const pingMs = 30_000;
/** Codes of RFC 6455, 7.4.1. */
const codes = { done: 1000, stopping: 1001, failed: 1011 };

const tags = ['openeo jobs'];
const query = Type.Object({
  offset: Type.Optional(
    Type.String({ pattern: '^\\d{1,9}$', description: 'Id of the last line that is known.' }),
  ),
});

/**
 * The log and the progress of a batch job as they come, over a WebSocket: texts of JSON, `{"type": "log", ...entry}` and
 * `{"type": "state", "status", "progress"}`, all lines after `offset` first. It is closed with 1000 when the run has ended. Browsers
 * cannot send a header with it: for them a job has a signed link.
 */
export function logsSocketRoutes(app: App, doors: Doors): void {
  const { jobs, signer, stopping } = doors;
  const seats = openSeats();
  /** While an answer can still be given: who may not follow is told so by a status. */
  const check = async (request: FastifyRequest, owner: string, job: string) => {
    // Counted from here on, or many at once would pass together; the connection is that of the socket, and ends where it is refused.
    if (request.ws) request.raw.socket.once('close', seats.take(owner, request.ip));
    await jobs.get({ name: owner }, job, { signal: request.signal });
  };
  const follow = (socket: WebSocket, owner: string, job: string, offset: string | undefined) => {
    const over = new AbortController();
    const stop = () => socket.close(codes.stopping, 'the server is stopping');
    const ping = setInterval(() => socket.ping(), pingMs);
    socket.once('close', () => over.abort());
    socket.on('error', () => over.abort());
    stopping.addEventListener('abort', stop, { signal: over.signal });
    const send = async () => {
      const events = jobs.watch({ name: owner }, job, {
        signal: over.signal,
        ...(offset === undefined ? {} : { offset }),
      });
      for await (const event of events) {
        socket.send(JSON.stringify(message(event)));
        while (socket.bufferedAmount > mostWaiting) await delay(waitMs, undefined, { signal: over.signal });
      }
      socket.close(codes.done, 'the run has ended');
    };
    send()
      .catch((error: unknown) => {
        if (over.signal.aborted || error instanceof Cancelled) return;
        app.log.warn({ err: error as Error, job }, 'following a job ended');
        const reason = error instanceof FurrowError ? error.code : 'Internal';
        socket.close(codes.failed, reason);
      })
      .finally(() => clearInterval(ping));
  };

  app.get(
    `${openeoPrefix}/jobs/:job_id/logs/stream`,
    {
      websocket: true,
      config: { access: 'openeo' },
      schema: {
        tags,
        summary: 'Log lines and progress of a batch job over a WebSocket',
        hide: true,
        params: Type.Object({ job_id: idSchema }),
        querystring: query,
      },
      preHandler: async (request) =>
        await check(request, callerOf(request).name, (request.params as { job_id: string }).job_id),
    },
    (socket, request) => follow(socket, callerOf(request).name, request.params.job_id, request.query.offset),
  );
  app.get(
    `${openeoPrefix}/signed-logs/:token`,
    {
      websocket: true,
      config: { access: 'open' },
      schema: {
        tags,
        summary: 'The same, for whoever has a link that was signed for it',
        hide: true,
        params: Type.Object({ token: Type.String({ maxLength: 4096 }) }),
        querystring: query,
      },
      preHandler: async (request) => {
        const { token } = request.params as { token: string };
        await openedLink(doors, token, { signal: request.signal });
        const { owner, job } = signedLog(token);
        await check(request, owner, job);
      },
    },
    (socket, request) => {
      const { owner, job } = signedLog(request.params.token);
      follow(socket, owner, job, request.query.offset);
    },
  );

  function signedLog(token: string): { owner: string; job: string } {
    const { what, owner } = signer.open(token);
    const target = signedTarget(what);
    if (target?.kind === 'job-log') return { owner, job: target.job };
    throw new NotFound('there is nothing at this address');
  }
}

function message(event: JobEvent): Record<string, unknown> {
  if (event.kind === 'log') return { type: 'log', ...logEntry(event.line) };
  return { type: 'state', status: event.status, progress: event.progress };
}
