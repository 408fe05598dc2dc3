#!/usr/bin/env node
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { makeDemoSeason } from './demo/make-demo-season.ts';
import { FurrowError, InvalidArgument } from './errors.ts';
import { extract } from './session/extract.ts';
import { collection } from './session/find-collection.ts';
import { parcels } from './session/find-parcels.ts';
import { closeSharedStore } from './session/shared-store.ts';
import { attachSurroundings, type ProgressBar } from './session/surroundings.ts';

const usage = `furrow COMMAND [options]

  demo                          generate the demo season in the data folder
  extract COLLECTION PARCELS    measure every parcel on every image into the store
  series PARCELS                print what was extracted, one JSON object a line
      --index NAME              index or band (ndvi)
      --pid N                   one parcel only
      --clear SHARE             only images with at least this share of clear ground (0)

  --from DATE --to DATE         only images from DATE (included) to DATE (excluded)

COLLECTION is a name, a folder, or an https:// or s3:// address of a STAC collection; PARCELS a name or the path of a GeoJSON,
GeoPackage or GeoParquet file. FURROW_DATA and FURROW_STORE say where data lies; see the README.`;

const { values, positionals } = readArguments();
const [command = 'help', ...places] = positionals;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal));
attachSurroundings({ signal: () => stop.signal, progress: terminalBar, showImages: () => undefined });

try {
  await run(command);
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof FurrowError)) throw error;
  console.error(`furrow ${command}: ${error.message} [${error.code}]`);
} finally {
  await closeSharedStore();
}

async function run(name: string): Promise<void> {
  switch (name) {
    case 'help':
      console.log(usage);
      return;
    case 'demo': {
      const bar = terminalBar('Demo season');
      const made = await makeDemoSeason({
        folder: join(readConfig().dataDir, 'demo'),
        signal: stop.signal,
        onProgress: ({ done, total, what }) => bar.update(done, total, what),
      });
      bar.end();
      console.log(`${made.collection}: ${made.itemCount} images, ${made.parcelCount} parcels`);
      return;
    }
    case 'extract': {
      const season = await collection(place(0, 'COLLECTION'));
      const fields = await parcels(place(1, 'PARCELS'));
      const report = await extract({ collection: season, parcels: fields, time: interval() });
      const { images, done, skipped, failed, rows, seconds } = report;
      console.log(JSON.stringify({ images, done, skipped, failed, rows, seconds }));
      if (failed.length > 0) process.exitCode = 1;
      return;
    }
    case 'series': {
      const fields = await parcels(place(0, 'PARCELS'));
      const { index = 'ndvi', pid, clear, from, to } = values;
      const rows = await fields.series({
        index,
        pid: pid === undefined ? undefined : wholeNumber(pid),
        clearAtLeast: clear === undefined ? undefined : share(clear),
        from,
        to,
      });
      for (const row of rows) console.log(JSON.stringify(row));
      return;
    }
    default:
      throw new InvalidArgument(`there is no command '${name}'; furrow help lists them`);
  }
}

function readArguments() {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: process.argv.slice(2),
      allowPositionals: true,
      options: { index: text, pid: text, clear: text, from: text, to: text },
    });
  } catch (error) {
    console.error(`furrow: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function place(at: number, name: string): string {
  const given = places[at];
  if (given === undefined)
    throw new InvalidArgument(`${name} is missing; furrow help shows how it is called`);
  return given;
}

function interval(): [string | null, string | null] {
  return [values.from ?? null, values.to ?? null];
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
