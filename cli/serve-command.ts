import { serve } from '../src/api/serve.ts';
import { settings } from '../src/settings.ts';
import { numberOf, readArguments, text } from './read-arguments.ts';
import type { SeasonCommand } from './season-command.ts';

export const serveCommand: SeasonCommand = {
  usage: ['serve', 'answer the openEO API, parcels, signatures and tiles over HTTP'],
  help: `furrow serve [options]

Serves the openEO API at /openeo/1.2, parcels and their signatures, tiles of both, and the description of all of it at
/openapi.json, until Ctrl-C. Alone it serves one person on this machine, from the embedded store and the data folder.

  --host ADDRESS            address to listen on (${settings.host.value}; FURROW_HOST)
  --port PORT               port, 0 for a free one (${settings.port.value}; FURROW_PORT)

For several people, set FURROW_ACCOUNTS=on and FURROW_STORE to a PostgreSQL with PostGIS, prepared by furrow store prepare.
All settings: furrow settings.`,
  async run(argv, signal) {
    const { values } = readArguments('serve', argv, { host: text, port: text }, []);
    const port = numberOf('port', values.port, { least: 0, most: 65_535, whole: true });
    if (values.host !== undefined) process.env.FURROW_HOST = values.host;
    if (port !== undefined) process.env.FURROW_PORT = String(port);
    await serve({
      signal,
      onProgress: ({ message }) => console.error(`furrow serve: ${message}`),
      onListening: (address) => console.log(`furrow serve: listening at ${address}`),
    });
    return 0;
  },
};
