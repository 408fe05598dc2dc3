import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodePng } from '../../src/raster/encode-png.ts';

export interface MapServer extends AsyncDisposable {
  /** With {z}, {x} and {y}. */
  readonly template: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

/** A map server whose tile z/x/y has one colour: red x modulo 256, green y modulo 256, blue z. */
export async function startMapServer(): Promise<MapServer> {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const [z = 0, x = 0, y = 0] = (url.match(/\d+/g) ?? []).map(Number);
    const data = new Uint8Array(256 * 256 * 3);
    for (let i = 0; i < data.length; i += 3) data.set([x % 256, y % 256, z], i);
    const png = encodePng({ width: 256, height: 256, data, channels: 3 });
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': png.length }).end(png);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    template: `http://127.0.0.1:${port}/{z}/{x}/{y}.png`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
