import { Agent, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface RawRequest {
  readonly method: string;
  /** Sent as it is: nothing is made of dots, slashes and backslashes. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const patienceMs = 60_000;

/**
 * One request to a server whose address is sent letter by letter; redirects are answers, a broken connection has status 0. A
 * connection that the server has closed meanwhile is no answer to the request: it is sent over another.
 */
export async function rawHttp(server: string, asked: RawRequest): Promise<RawAnswer> {
  for (;;) {
    const answer = await once(server, asked);
    if (answer !== 'closed before') return answer;
  }
}

async function once(
  server: string,
  { method, path, headers = {}, body }: RawRequest,
): Promise<RawAnswer | 'closed before'> {
  const { hostname, port } = new URL(server);
  const { promise, resolve } = Promise.withResolvers<RawAnswer | 'closed before'>();
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const signal = AbortSignal.timeout(patienceMs);
  const broken = (error: Error) => resolve({ status: 0, headers: {}, body: Buffer.from(String(error)) });
  const sent = request(
    { agent, hostname, port, method, path, headers: { ...length, ...headers }, signal },
    (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', broken);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }),
      );
    },
  );
  sent.on('error', (error) => (sent.reusedSocket ? resolve('closed before') : broken(error)));
  sent.end(body);
  return await promise;
}
