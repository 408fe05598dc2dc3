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
  | 'silent'
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
  { ranges = true, chunked = false }: ServerOptions,
): void {
  const asked = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const start = Number(asked?.[1]);
  const end = Math.min(Number(asked?.[2]), object.length - 1);
  const etag = fault === 'changed' ? '"another"' : '"first"';
  if (fault === 'silent') return;
  if (fault === 'unavailable') return void response.writeHead(503, { 'retry-after': '0' }).end('busy');
  if (fault === 'forbidden') return void response.writeHead(403).end();
  if (fault === 'reset') return void request.socket.destroy();
  if (!asked || !ranges || fault === 'whole') {
    response.writeHead(200, chunked ? { etag } : { etag, 'content-length': object.length });
    response.end(object);
    return;
  }
  if (start >= object.length)
    return void response.writeHead(416, { 'content-range': `bytes */${object.length}` }).end();
  const shift = fault === 'wrong-range' ? 1 : 0;
  const part = object.subarray(start, end + 1);
  response.writeHead(206, {
    etag,
    'content-range': `bytes ${start + shift}-${end + shift}/${object.length}`,
    'content-length': part.length,
    ...(fault === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
  });
  if (fault !== 'truncated') response.end(part);
  else response.write(part.subarray(0, part.length / 2), () => request.socket.destroy());
}
