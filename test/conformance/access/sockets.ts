import { WebSocket } from 'ws';
import { openeoPrefix } from '../../../src/api/doors.ts';
import { linkSigner } from '../../../src/api/links.ts';
import type { House } from './house.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenants.ts';
import type { Things } from './things.ts';

export interface SocketsTrial {
  readonly house: House;
  readonly owner: Tenant;
  readonly other: Tenant;
  readonly things: Things;
  readonly tally: Tally;
}

const patienceMs = 20_000;

/** The log of a job over a WebSocket is the owner's, or of whom the owner gave a link. */
export async function trySockets({ house, owner, other, things, tally }: SocketsTrial): Promise<void> {
  const { finished, job, links } = things;
  const id = typeof finished === 'string' ? finished : job;
  const stream = `${openeoPrefix}/jobs/${id}/logs/stream`;
  const signer = linkSigner(house.secret, () => new Date());
  const expires = new Date(Date.now() + 3_600_000);
  const log = { what: `job-log/${id}`, owner: owner.name, expires };
  const signed = (token: string) => `${openeoPrefix}/signed-logs/${token}`;
  const open = async (path: string, headers: Record<string, string> = {}) =>
    await outcomeOf(house.server.url.replace(/^http/, 'ws') + path, headers);
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  for (const [path, headers] of [
    [stream, bearer(owner.token)],
    [signed(signer.sign(log)), {}],
  ] as const) {
    const { status } = await open(path, headers);
    tally.try('the owner follows a job over a WebSocket', status === 101 ? undefined : `${path}: ${status}`);
  }
  const file = /\/signed\/([^/]+)\//.exec(links[0] ?? '')?.[1] ?? 'x';
  const right = signer.sign(log);
  const tries: (readonly [string, Record<string, string>])[] = [
    [stream, {}],
    [stream, bearer(owner.expired)],
    [stream, bearer(other.token)],
    [stream, bearer(owner.scoped.parcels)],
    [stream, bearer(`${owner.token}x`)],
    [`${stream}?access_token=${owner.token}`, {}],
    [stream, { 'sec-websocket-protocol': owner.token }],
    [stream, { cookie: `token=${owner.token}` }],
    [`${openeoPrefix}/jobs/x/logs/stream`, bearer(owner.token)],
    [signed(`${right}x`), {}],
    [signed(right.slice(0, -1)), {}],
    [signed(right.split('.')[0] ?? ''), {}],
    [signed(file), {}],
    [signed(signer.sign({ ...log, owner: other.name })), {}],
    [signed(signer.sign({ ...log, what: `job-results/${id}` })), {}],
    [signed(signer.sign({ ...log, expires: new Date(Date.now() - 1000) })), {}],
    [signed(linkSigner(`${house.secret}!`, () => new Date()).sign(log)), {}],
    [`${openeoPrefix}/jobs`, {}],
    ['/parcels', {}],
  ];
  for (const [path, headers] of tries) {
    const { status, said } = await open(path, headers);
    const refused = [400, 401, 403, 404, 410].includes(status) && !said.includes(owner.inside);
    tally.try(
      'WebSockets are refused to others',
      refused ? undefined : `${path} ${JSON.stringify(headers)}: ${status} ${said.slice(0, 100)}`,
    );
  }
}

/** The status of the upgrade (101 when it is open), and what came until it was closed. */
async function outcomeOf(
  address: string,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly said: string }> {
  const { promise, resolve } = Promise.withResolvers<{ status: number; said: string }>();
  const { 'sec-websocket-protocol': protocol, ...others } = headers;
  const socket = new WebSocket(address, protocol === undefined ? [] : [protocol], { headers: others });
  let said = '';
  const timer = setTimeout(() => socket.terminate(), patienceMs);
  socket.on('message', (data: Buffer) => {
    said += data.toString();
  });
  socket.on('open', () => setTimeout(() => socket.close(), 500));
  socket.on('unexpected-response', (_request, answer) => {
    answer.resume();
    resolve({ status: answer.statusCode ?? 0, said });
    socket.terminate();
  });
  socket.on('error', () => resolve({ status: 0, said }));
  socket.on('close', () => resolve({ status: 101, said }));
  return await promise.finally(() => clearTimeout(timer));
}
