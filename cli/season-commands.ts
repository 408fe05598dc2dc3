import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { makeDemoSeason } from '../src/demo/make-demo-season.ts';
import { InvalidArgument } from '../src/errors.ts';
import { extract } from '../src/session/extract.ts';
import { collection } from '../src/session/find-collection.ts';
import { parcels } from '../src/session/find-parcels.ts';
import { closeSharedStore } from '../src/session/shared-store.ts';
import { attachSurroundings, type ProgressBar } from '../src/session/surroundings.ts';

/** The commands of the runtime, as `furrow help` prints them. */
export const seasonUsage = `  demo                          generate the demo season in the data folder
  extract COLLECTION PARCELS    measure every parcel on every image into the store
  series PARCELS                print what was extracted, one JSON object a line
      --index NAME              index or band (ndvi)
      --pid N                   one parcel only
      --clear SHARE             only images with at least this share of clear ground (0)

  --from DATE --to DATE         only images from DATE (included) to DATE (excluded)

COLLECTION is a name, a folder, or an https:// or s3:// address of a STAC collection; PARCELS a name or the path of a GeoJSON,
GeoPackage or GeoParquet file. FURROW_DATA and FURROW_STORE say where data lies; see the README.`;

/**
 * `furrow demo|extract|series`. Resolves with the exit code: 1 where an image could not be extracted. Throws
 * `InvalidArgument` for a wrong command line and what the runtime throws. Ctrl-C ends it.
 */
export async function runSeasonCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(argv);
  const [command = '', ...places] = positionals;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
  attachSurroundings({ signal: () => stop.signal, progress: terminalBar, showImages: () => undefined });
  try {
    return await run(command, places, values, stop.signal);
  } finally {
    await closeSharedStore();
  }
}

type Values = ReturnType<typeof readArguments>['values'];

async function run(
  command: string,
  places: readonly string[],
  values: Values,
  signal: AbortSignal,
): Promise<number> {
  const { index = 'ndvi', pid, clear, from, to } = values;
  switch (command) {
    case 'demo': {
      const bar = terminalBar('Demo season');
      const made = await makeDemoSeason({
        folder: join(readConfig().dataDir, 'demo'),
        signal,
        onProgress: ({ done, total, what }) => bar.update(done, total, what),
      });
      bar.end();
      console.log(`${made.collection}: ${made.itemCount} images, ${made.parcelCount} parcels`);
      return 0;
    }
    case 'extract': {
      const season = await collection(place(places, 0, 'COLLECTION'));
      const fields = await parcels(place(places, 1, 'PARCELS'));
      const time: [string | null, string | null] = [from ?? null, to ?? null];
      const report = await extract({ collection: season, parcels: fields, time });
      const { images, done, skipped, failed, rows, seconds } = report;
      console.log(JSON.stringify({ images, done, skipped, failed, rows, seconds }));
      return failed.length > 0 ? 1 : 0;
    }
    case 'series': {
      const fields = await parcels(place(places, 0, 'PARCELS'));
      const rows = await fields.series({
        index,
        pid: pid === undefined ? undefined : wholeNumber(pid),
        clearAtLeast: clear === undefined ? undefined : share(clear),
        from,
        to,
      });
      for (const row of rows) console.log(JSON.stringify(row));
      return 0;
    }
    default:
      throw new InvalidArgument(`there is no command '${command}'; furrow help lists them`);
  }
}

function readArguments(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { index: text, pid: text, clear: text, from: text, to: text },
    });
  } catch (error) {
    throw new InvalidArgument(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function place(places: readonly string[], at: number, name: string): string {
  const given = places[at];
  if (given === undefined)
    throw new InvalidArgument(`${name} is missing; furrow help shows how it is called`);
  return given;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new InvalidArgument(`--pid takes a whole number, not '${text}'`);
  return number;
}

function share(text: string): number {
  const number = Number(text);
  if (!(number >= 0 && number <= 1))
    throw new InvalidArgument(`--clear takes a share from 0 to 1, not '${text}'`);
  return number;
}

/** A bar on the terminal's error stream; nothing where that is no terminal. */
function terminalBar(title: string): ProgressBar {
  const { stderr } = process;
  if (!stderr.isTTY) return { update: () => undefined, end: () => undefined };
  return {
    update(done, total, note = '') {
      const percent = total > 0 ? Math.floor((100 * done) / total) : 0;
      stderr.write(`\r\x1b[K${title} ${percent} % ${note}`.slice(0, stderr.columns + 4));
    },
    end: () => void stderr.write('\r\x1b[K'),
  };
}
