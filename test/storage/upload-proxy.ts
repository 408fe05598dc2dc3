import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * What happens to a request that is not handed on and answered: its answer is lost, or kept back; or it is not handed on, and not
 * answered, refused, answered by an error document with status 200, or as one about an upload that is over.
 */
export type UploadFault = 'lost' | 'kept-back' | 'silent' | 'refused' | 'error-200' | 'no-upload' | undefined;

export interface UploadProxy extends AsyncDisposable {
  readonly origin: URL;
  /** Method and query of the requests so far. */
  readonly asked: string[];
  /** Asked before each request is served. */
  fault: (asked: string) => UploadFault;
}

/** A proxy on a free local port that hands requests on with bodies and signatures, and spoils the answers that it is told to. */
export async function uploadProxy(upstream: URL): Promise<UploadProxy> {
  const asked: string[] = [];
  const proxy: { fault: UploadProxy['fault'] } = { fault: () => undefined };
  const server = createServer((incoming, response) => {
    const { search } = new URL(incoming.url ?? '/', upstream);
    const name = `${incoming.method} ${search}`;
    asked.push(name);
    serve(incoming, response, upstream, proxy.fault(name)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    origin: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  upstream: URL,
  fault: UploadFault,
): Promise<void> {
  const body = await buffer(incoming);
  if (fault === 'silent') return;
  if (fault === 'error-200') {
    const text =
      '<?xml version="1.0"?>\n<Error><Code>InternalError</Code><Message>try again</Message></Error>';
    response.writeHead(200, { 'content-type': 'application/xml' }).end(text);
    return;
  }
  if (fault === 'no-upload') {
    response.writeHead(404).end('<Error><Code>NoSuchUpload</Code><Message>over</Message></Error>');
    return;
  }
  if (fault === 'refused') {
    response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
    return;
  }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const url = new URL(incoming.url ?? '/', upstream);
  const { method, headers } = incoming;
  request(url, { method, headers, setHost: false }, resolve).on('error', reject).end(body);
  const answered = await promise;
  const bytes = await buffer(answered);
  if (fault === 'lost') {
    incoming.socket.destroy();
    return;
  }
  if (fault === 'kept-back') return;
  response.writeHead(answered.statusCode ?? 502, answered.headers).end(bytes);
}
