import { constants } from 'node:os';
import { Cancelled, InvalidArgument } from '../src/errors.ts';
import { closeSharedStore } from '../src/session/shared-store.ts';
import { attachSurroundings } from '../src/session/surroundings.ts';
import type { SeasonCommand } from './season-command.ts';
import { factLines } from './tables.ts';
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
  ['dataset', async () => (await import('./dataset-command.ts')).datasetCommand],
  ['weather', async () => (await import('./weather-command.ts')).weatherCommand],
  ['maintain', async () => (await import('./maintain-command.ts')).maintainCommand],
  ['archive', async () => (await import('./archive-command.ts')).archiveCommand],
  ['serve', async () => (await import('./serve-command.ts')).serveCommand],
  ['worker', async () => (await import('./worker-command.ts')).workerCommand],
  ['settings', async () => (await import('./settings-command.ts')).settingsCommand],
  ['user', async () => (await import('./user-command.ts')).userCommand],
  ['group', async () => (await import('./group-command.ts')).groupCommand],
  ['grant', async () => (await import('./grant-command.ts')).grantCommand],
  ['token', async () => (await import('./token-command.ts')).tokenCommand],
  ['store', async () => (await import('./store-command.ts')).storeCommand],
]);

/** What all commands have in common, as `furrow help` prints it. */
const common = `COLLECTION  a configured name (demo), a folder, or an https:// or s3:// address of a STAC collection
PARCELS     a configured name, a file (GeoJSON, GeoPackage, GeoParquet, shapefile), or a DATASET
DATASET     what 'extract' made in the store, by name

A terminal gets tables; a pipe or a file, or --json, gets JSON. Exit code 0: all is done; 1: something
failed; 130: stopped by Ctrl-C. FURROW_DATA names the folder of data and embedded store, FURROW_STORE a
PostgreSQL instead. furrow COMMAND --help lists the options of a command.`;

/** The commands of the runtime and of `furrow kernel`, a line each, as `furrow help` prints them. */
export async function usageLines(
  kernel: readonly (readonly [call: string, words: string])[],
): Promise<string> {
  const loaded = await Promise.all([...commands.values()].map((load) => load()));
  const lines = factLines([...loaded.map(({ usage }) => usage), ...kernel]);
  return [...lines.map((line) => `  ${line}`), '', common].join('\n');
}

/** Commands that do not begin again what they have done. */
const goingOn: ReadonlySet<string> = new Set(['extract', 'maintain', 'archive']);

/** One Ctrl-C comes up to three times: from the terminal, from npm and from the program that chose this Node. */
const samePressMs = 500;

/**
 * Runs a command of the runtime and resolves with its exit code. Throws `InvalidArgument` for a wrong command line and what
 * the runtime throws. Ctrl-C ends its work properly; pressed again it ends the process at once.
 */
export async function runSeasonCommand([name = '', ...argv]: readonly string[]): Promise<number> {
  const load = commands.get(name);
  if (load === undefined) throw new InvalidArgument(`there is no such command; furrow help lists them`);
  const command = await load();
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(command.help);
    return 0;
  }
  const stop = new AbortController();
  let stoppedAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (!stop.signal.aborted) stoppedAt = performance.now();
      else if (performance.now() - stoppedAt > samePressMs) process.exit(128 + constants.signals[signal]);
      stop.abort(signal);
    });
  attachSurroundings({
    signal: () => stop.signal,
    progress: terminalBars(),
    showImages: () => undefined,
    warn: (text) => console.error(`furrow ${name}: ${text}`),
  });
  try {
    return await command.run(argv, stop.signal);
  } catch (error) {
    if (!(error instanceof Cancelled) || !stop.signal.aborted) throw error;
    const after = goingOn.has(name)
      ? '; what is finished stays, and the same command goes on from there'
      : '';
    console.error(`furrow ${name}: stopped${after}`);
    return 128 + constants.signals[stop.signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT'];
  } finally {
    await closeSharedStore();
  }
}
