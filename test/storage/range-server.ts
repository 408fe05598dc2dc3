import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the next answer does instead of the right thing; `ok` serves it right. */
export type Fault =
  | 'ok'
  | 'unavailable'
  | 'truncated'
  | 'reset'
  | 'wrong-range'
  | 'whole'
  | 'changed'
  | 'forbidden'
  | 'forbidden-drip'
  | 'silent'
  | 'flipped'
  | 'drip'
  | 'gzip';

export interface RangeServer extends AsyncDisposable {
  readonly origin: string;
  /** Requests so far, as the text of their Range header. */
  readonly ranges: string[];
  readonly headers: IncomingMessage['headers'][];
  /** Faults of the coming answers, in order; then everything is right. */
  readonly faults: Fault[];
}

export interface ServerOptions {
  readonly ranges?: boolean;
  readonly chunked?: boolean;
  readonly redirects?: Readonly<Record<string, string>>;
  /** Sent with every answer that brings bytes. */
  readonly extra?: Readonly<Record<string, string>>;
  /** Null: none is sent. */
  readonly etag?: string | null;
}

/** A local server of `objects` by path, with byte ranges and faults to order. */
export async function rangeServer(
  objects: Readonly<Record<string, Uint8Array>>,
  options: ServerOptions = {},
): Promise<RangeServer> {
  const ranges: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? '');
    headers.push(request.headers);
    const to = options.redirects?.[request.url ?? ''];
    const object = objects[request.url ?? ''];
    if (to !== undefined) response.writeHead(302, { location: to }).end();
    else if (object === undefined) response.writeHead(404).end();
    else answer(object, request, response, faults.shift() ?? 'ok', options);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges,
    headers,
    faults,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  object: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault,
  { ranges = true, chunked = false, extra = {}, etag: right = '"first"' }: ServerOptions,
): void {
  const asked = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const start = Number(asked?.[1]);
  const end = Math.min(Number(asked?.[2]), object.length - 1);
  const tagged = fault === 'changed' ? { etag: '"another"' } : right === null ? {} : { etag: right };
  if (fault === 'silent') return;
  if (fault === 'unavailable') return void response.writeHead(503, { 'retry-after': '0' }).end('busy');
  if (fault === 'forbidden') return void response.writeHead(403).end();
  if (fault === 'forbidden-drip') {
    response.writeHead(403);
    return void drip(Buffer.alloc(4096, ' '), response);
  }
  if (fault === 'reset') return void request.socket.destroy();
  if (!asked || !ranges || fault === 'whole') {
    response.writeHead(200, { ...extra, ...tagged, ...(chunked ? {} : { 'content-length': object.length }) });
    response.end(fault === 'flipped' ? flipped(object) : object);
    return;
  }
  if (start >= object.length)
    return void response.writeHead(416, { 'content-range': `bytes */${object.length}` }).end();
  const shift = fault === 'wrong-range' ? 1 : 0;
  const part = object.subarray(start, end + 1);
  response.writeHead(206, {
    ...extra,
    ...tagged,
    'content-range': `bytes ${start + shift}-${end + shift}/${object.length}`,
    'content-length': part.length,
    ...(fault === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
  });
  if (fault === 'drip') drip(part, response);
  else if (fault === 'flipped') response.end(flipped(part));
  else if (fault !== 'truncated') response.end(part);
  else response.write(part.subarray(0, part.length / 2), () => request.socket.destroy());
}

/** A byte every few milliseconds, until the client has enough of it. */
function drip(part: Uint8Array, response: ServerResponse): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(part.subarray(sent, sent + 1));
    sent += 1;
  }, 5);
  response.on('close', () => clearInterval(timer));
}

function flipped(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 0x20;
  return copy;
}
