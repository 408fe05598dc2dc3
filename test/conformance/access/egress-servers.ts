import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A server on this machine that remembers which paths were asked. */
export interface WatchedServer {
  readonly port: number;
  readonly asked: string[];
}

export interface EgressServers extends AsyncDisposable {
  /** Of no business to anybody. */
  readonly inside: WatchedServer;
  /** Named by FURROW_EGRESS_ALLOW; redirects (`/to?u=`) and gives what it is asked to (`/doc/NAME?json=`). */
  readonly named: WatchedServer;
  /** Where a collection of the server's own configuration lies. */
  readonly configured: WatchedServer;
  /** What the server under test needs of it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A word that only the inner servers say. */
export const insideWord = 'said-by-an-inner-server';

const innerDocument = JSON.stringify({
  type: 'FeatureCollection',
  stac_version: '1.0.0',
  id: insideWord,
  description: insideWord,
  features: [],
});

/** Starts them on free ports of 127.0.0.1, and on ::1 where there is one. */
export async function openEgressServers(): Promise<EgressServers> {
  const ends: (() => void)[] = [];
  const start = async (answer: RequestListener): Promise<WatchedServer> => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(request, response);
    });
    server.listen(0, '::');
    await once(server, 'listening').catch(async () => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    });
    ends.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, asked };
  };
  const inside = await start((_request, response) =>
    response.setHeader('content-type', 'application/json').end(innerDocument),
  );
  const configured = await start((_request, response) =>
    response.setHeader('content-type', 'application/json').end(innerDocument),
  );
  const named = await start((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://named');
    const to = searchParams.get('u');
    if (to !== null)
      response
        .writeHead(Number(searchParams.get('s') ?? 302), { location: Buffer.from(to).toString('latin1') })
        .end();
    else response.setHeader('content-type', 'application/json').end(searchParams.get('json') ?? '{}');
  });
  const resolver = fileURLToPath(new URL('./hostile-resolver.ts', import.meta.url));
  return {
    inside,
    named,
    configured,
    environment: {
      FURROW_EGRESS_ALLOW: `127.0.0.1:${named.port}`,
      FURROW_COLLECTIONS: `inner=http://127.0.0.1:${configured.port}/collection.json`,
      FURROW_RUNNERS: '1',
      FURROW_MAX_REQUEST_MS: '1500',
      NODE_OPTIONS: `--import=${pathToFileURL(resolver).href}`,
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) end();
    },
  };
}
