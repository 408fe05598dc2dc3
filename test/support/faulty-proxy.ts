import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What the proxy does instead of handing an answer on. */
export const faultKinds = [
  'unavailable',
  'reset',
  'truncated',
  'wrong-range',
  'whole',
  'flipped',
  'etag',
  'slow',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Share of requests that meet each fault; the rest are handed on untouched. */
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>;

export interface FaultyProxy extends AsyncDisposable {
  readonly origin: URL;
  /** Faults served so far. */
  readonly served: Record<FaultKind, number>;
  rates: FaultRates;
  /** Requests since `forget`, by path and range. */
  readonly asked: Map<string, number>;
  forget(): void;
}

export interface FaultyProxyOptions {
  readonly upstream: URL;
  readonly rates: FaultRates;
  /** In [0, 1): which fault, and how. */
  readonly random: () => number;
  /** Whole objects by path, for answers that ignore a range. */
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** How long a slow answer stands still; more than clients wait. */
  readonly stallMs: number;
}

/** A proxy on a free local port that hands GETs on with their signature, and spoils a share of the answers. */
export async function faultyProxy(options: FaultyProxyOptions): Promise<FaultyProxy> {
  const served = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  const asked = new Map<string, number>();
  const timers = new Set<NodeJS.Timeout>();
  const proxy = { rates: options.rates };
  const later = (work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, options.stallMs);
    timers.add(timer);
  };
  const server = createServer((incoming, response) => {
    response.on('error', () => undefined);
    const key = `${incoming.url} ${incoming.headers.range ?? 'whole'}`;
    asked.set(key, (asked.get(key) ?? 0) + 1);
    const fault = pick(proxy.rates, options.random());
    answer(incoming, response, fault, options, later).then(
      (done) => {
        if (done !== undefined) served[done] += 1;
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    origin: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    served,
    asked,
    forget: () => asked.clear(),
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function pick(rates: FaultRates, number: number): FaultKind | undefined {
  let sum = 0;
  for (const kind of faultKinds) {
    sum += rates[kind] ?? 0;
    if (number < sum) return kind;
  }
  return undefined;
}

/** Answers, and says which fault was done: one that does not fit the answer is left out. */
async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  fault: FaultKind | undefined,
  { upstream, random, objects }: FaultyProxyOptions,
  later: (work: () => void) => void,
): Promise<FaultKind | undefined> {
  if (fault === 'unavailable') {
    const status = [500, 502, 503, 429][Math.floor(random() * 4)] ?? 503;
    const wait: Record<string, string> = random() < 0.5 ? { 'retry-after': '0' } : {};
    response.writeHead(status, wait).end('<Error><Code>SlowDown</Code></Error>');
    return fault;
  }
  if (fault === 'reset' && random() < 0.5) {
    incoming.socket.destroy();
    return fault;
  }
  if (fault === 'slow' && random() < 0.5) {
    later(() => response.destroy());
    return fault;
  }
  const { status, headers, body } = await handOn(incoming, upstream);
  if (status !== 200 && status !== 206) {
    response.writeHead(status, headers).end(body);
    return undefined;
  }
  const part = Math.floor(random() * body.length);
  const sized = { ...headers, 'content-length': String(body.length) };
  switch (fault) {
    case 'reset':
      response.writeHead(status, sized);
      response.write(body.subarray(0, part), () => incoming.socket.destroy());
      return fault;
    case 'truncated':
      // Either the announced length is not kept, or the answer ends as if this were all.
      if (random() < 0.5) response.writeHead(status, headers).end(body.subarray(0, part));
      else response.writeHead(status, sized).write(body.subarray(0, part), () => incoming.socket.end());
      return body.length === 0 ? undefined : fault;
    case 'wrong-range': {
      const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '');
      if (!range) break;
      const [from, to, total] = range.slice(1).map(Number) as [number, number, number];
      const shift = 1 + Math.floor(random() * 512);
      const wrong = random() < 0.5 ? `${from + shift}-${to + shift}` : `${from}-${to + shift}`;
      response.writeHead(status, { ...sized, 'content-range': `bytes ${wrong}/${total}` }).end(body);
      return fault;
    }
    case 'whole': {
      const object = objects.get(incoming.url ?? '');
      if (object === undefined || status !== 206) break;
      const { 'content-range': _, ...rest } = headers;
      response.writeHead(200, { ...rest, 'content-length': String(object.length) }).end(object);
      return fault;
    }
    case 'flipped': {
      if (body.length === 0) break;
      for (let bits = 1 + Math.floor(random() * 3); bits > 0; bits--) {
        const at = Math.floor(random() * body.length);
        body[at] = (body[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      }
      response.writeHead(status, sized).end(body);
      return fault;
    }
    case 'etag':
      response.writeHead(status, { ...sized, etag: `"${Math.floor(random() * 1e9)}"` }).end(body);
      return fault;
    case 'slow':
      response.writeHead(status, sized).write(body.subarray(0, part));
      later(() => response.end(body.subarray(part)));
      return fault;
  }
  response.writeHead(status, sized).end(body);
  return undefined;
}

interface Upstream {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** The upstream's answer to the very request, its headers without those of the connection. */
function handOn(incoming: IncomingMessage, upstream: URL): Promise<Upstream> {
  return new Promise((resolve, reject) => {
    const { connection: _, ...headers } = incoming.headers;
    const asked = request(
      new URL(incoming.url ?? '/', upstream),
      { method: incoming.method, headers, setHost: false },
      (answered) => {
        const kept = Object.entries(answered.headers).flatMap(([name, value]) =>
          typeof value === 'string' &&
          !/^(connection|transfer-encoding|content-length|keep-alive)$/.test(name)
            ? [[name, value] as const]
            : [],
        );
        buffer(answered).then(
          (body) => resolve({ status: answered.statusCode ?? 0, headers: Object.fromEntries(kept), body }),
          reject,
        );
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}
