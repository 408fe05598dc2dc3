import { constants } from 'node:os';
import { InvalidArgument } from '../src/errors.ts';
import { closeSharedStore } from '../src/session/shared-store.ts';
import { attachSurroundings } from '../src/session/surroundings.ts';
import type { SeasonCommand } from './season-command.ts';
import { terminalBars } from './terminal-bar.ts';

/** The commands of the runtime by name, in the order of `furrow help`; each in a file of its own, loaded when asked for. */
const commands: ReadonlyMap<string, () => Promise<SeasonCommand>> = new Map([
  ['demo', async () => (await import('./demo-command.ts')).demoCommand],
  ['parcels', async () => (await import('./parcels-command.ts')).parcelsCommand],
  ['extract', async () => (await import('./extract-command.ts')).extractCommand],
  ['images', async () => (await import('./images-command.ts')).imagesCommand],
  ['retry', async () => (await import('./retry-command.ts')).retryCommand],
  ['series', async () => (await import('./series-command.ts')).seriesCommand],
  ['image', async () => (await import('./image-command.ts')).imageCommand],
  ['peers', async () => (await import('./peers-command.ts')).peersCommand],
  ['range', async () => (await import('./range-command.ts')).rangeCommand],
  ['maintain', async () => (await import('./maintain-command.ts')).maintainCommand],
  ['archive', async () => (await import('./archive-command.ts')).archiveCommand],
]);

/** What all commands have in common, as `furrow help` prints it. */
const places = `COLLECTION is a name, a folder, or an https:// or s3:// address of a STAC collection; PARCELS a name or the path of a GeoJSON,
GeoPackage, GeoParquet or shapefile. FURROW_DATA and FURROW_STORE say where data lies; see the README.
furrow COMMAND --help says more of a command.`;

/** The commands of the runtime, as `furrow help` prints them. */
export async function seasonUsage(): Promise<string> {
  const loaded = await Promise.all([...commands.values()].map((load) => load()));
  return [...loaded.map(({ usage }) => usage), '', places].join('\n');
}

/**
 * Runs a command of the runtime and resolves with its exit code. Throws `InvalidArgument` for a wrong command line and what
 * the runtime throws. Ctrl-C ends its work properly; pressed again it ends the process at once.
 */
export async function runSeasonCommand([name = '', ...argv]: readonly string[]): Promise<number> {
  const load = commands.get(name);
  if (load === undefined) throw new InvalidArgument(`there is no command '${name}'; furrow help lists them`);
  const command = await load();
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(command.help);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + constants.signals[signal]);
      stop.abort(signal);
    });
  attachSurroundings({
    signal: () => stop.signal,
    progress: terminalBars(),
    showImages: () => undefined,
  });
  try {
    return await command.run(argv, stop.signal);
  } finally {
    await closeSharedStore();
  }
}
