import { connect } from 'node:net';

export interface LoadOptions {
  /** `http://host:port`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clients: number;
  readonly seconds: number;
  /** The path that a client asks for next. */
  readonly path: () => string;
  /** Milliseconds that a client rests between two requests, by and large; none when left out. */
  readonly restMs?: number | undefined;
}

export interface LoadResult {
  /** Milliseconds of each request, from its first byte to the last of its answer. */
  readonly times: number[];
  /** Answers other than 200, and connections that broke. */
  readonly errors: number;
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Clients with a connection each that stays open, every one asking again when it has its answer. Plain sockets: a client library would
 * take more of the machine than the server.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { clients, seconds } = options;
  const result = { times: [] as number[], errors: 0, bytes: 0, seconds };
  const end = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: clients }, () => client(options, end, result)));
  return result;
}

function client(
  { url, headers, path, restMs = 0 }: LoadOptions,
  end: number,
  result: { times: number[]; errors: number; bytes: number },
): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const tail = ` HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  const socket = connect(Number(port), hostname).setNoDelay(true);
  return new Promise((resolve) => {
    let start = 0;
    let waited = -1;
    let ok = true;
    let part = Buffer.alloc(0);
    const ask = () => {
      if (performance.now() >= end) {
        socket.end();
        return;
      }
      start = performance.now();
      socket.write(`GET ${path()}${tail}`);
    };
    const answered = () => {
      result.times.push(performance.now() - start);
      if (!ok) result.errors += 1;
      waited = -1;
      if (restMs > 0) setTimeout(ask, restMs * (0.5 + Math.random()));
      else ask();
    };
    socket.on('connect', () => (restMs > 0 ? setTimeout(ask, restMs * Math.random()) : ask()));
    socket.on('data', (bytes) => {
      result.bytes += bytes.length;
      if (waited >= 0) {
        waited -= bytes.length;
        if (waited <= 0) answered();
        return;
      }
      part = part.length === 0 ? bytes : Buffer.concat([part, bytes]);
      const head = part.indexOf('\r\n\r\n');
      if (head < 0) return;
      const text = part.toString('latin1', 0, head);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
      ok = text.startsWith('HTTP/1.1 200');
      waited = length - (part.length - head - 4);
      part = Buffer.alloc(0);
      if (waited <= 0) answered();
    });
    socket.on('error', () => {
      result.errors += 1;
    });
    socket.on('close', () => resolve());
  });
}

/** The value below which that share of them lies, 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
