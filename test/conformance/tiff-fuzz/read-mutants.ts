import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidFile, LimitExceeded, Unsupported } from '../../../src/errors.ts';
import { openRaster } from '../../../src/raster/open-raster.ts';
import { filePicks } from '../../../src/raster/picks.ts';
import { pixelArray } from '../../../src/raster/pixels.ts';
import { TileCache } from '../../../src/raster/tile-cache.ts';
import { blocksOf, pickPixels } from '../../../src/raster/visit-tiles.ts';
import { memorySource } from '../../../src/storage/memory-source.ts';
import { seededRandom } from '../../support/synthetic-pixels.ts';
import { mutate } from './mutate.ts';

/** What a child tells of its mutants: outcomes are `pixels`, names of typed errors, and `crash`. */
export interface MutantReport {
  readonly done: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly crashes: readonly string[];
  readonly slow: readonly string[];
  readonly slowestMs: number;
  readonly peakBytes: number;
}

const SIDE = 256;
const SLOW_MS = 1000;

async function readAll(bytes: Uint8Array, random: () => number): Promise<void> {
  const raster = await openRaster(memorySource(bytes), { tileCache: new TileCache(2 ** 22) });
  const { info } = raster;
  for (const [level, { width, height }] of info.levels.entries()) {
    const window = {
      x: Math.floor(random() * Math.max(1, width - SIDE)),
      y: Math.floor(random() * Math.max(1, height - SIDE)),
      width: Math.min(SIDE, width),
      height: Math.min(SIDE, height),
    };
    await raster.read({ level, window });
    await raster.readMask?.({ level, window });
  }
  // As extraction does it: some rows of the full image, tile by tile.
  const end = Math.min(SIDE, info.width);
  const rows = new Set([0, Math.floor(info.height / 2), info.height - 1]);
  const runs = Int32Array.from([...rows].flatMap((row) => [row, 0, end]));
  const picks = filePicks(runs, blocksOf(raster));
  await pickPixels(raster, { picks, targets: [{ band: 0, into: pixelArray(info.dataType, picks.pixels) }] });
}

async function outcome(bytes: Uint8Array, random: () => number): Promise<string> {
  try {
    await readAll(bytes, random);
    return 'pixels';
  } catch (error) {
    // The mutant is at fault, never the caller: any other error is one of ours.
    if (error instanceof InvalidFile || error instanceof Unsupported || error instanceof LimitExceeded)
      return error.name;
    return `crash ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** Reads the mutants `from` to `to` of the files in a folder; the number of the one at work stands in a file, should the process die. */
async function readMutants(folder: string, from: number, to: number, progress: string): Promise<void> {
  const files = readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
  const at = openSync(progress, 'w');
  const number = new Uint32Array(1);
  const outcomes: Record<string, number> = {};
  const crashes: string[] = [];
  const slow: string[] = [];
  let slowestMs = 0;
  for (let i = from; i < to; i++) {
    number[0] = i;
    writeSync(at, number, 0, 4, 0);
    const random = seededRandom(i * 7919 + 1);
    const file = files[i % files.length];
    const other = files[Math.floor(random() * files.length)];
    if (file === undefined || other === undefined) break;
    const { mutant, kind } = mutate(file.bytes, other.bytes, random);
    const name = `mutant ${i} of ${file.name} (${kind})`;
    let started = performance.now();
    const result = await outcome(mutant, seededRandom(i));
    let ms = performance.now() - started;
    if (ms > SLOW_MS) {
      // A busy machine makes anything slow once.
      started = performance.now();
      await outcome(mutant, seededRandom(i));
      ms = Math.min(ms, performance.now() - started);
      if (ms > SLOW_MS) slow.push(`${name}: ${Math.round(ms)} ms`);
    }
    slowestMs = Math.max(slowestMs, ms);
    const [key = ''] = result.split(' ', 1);
    outcomes[key] = (outcomes[key] ?? 0) + 1;
    if (key === 'crash') crashes.push(`${name}: ${result.slice(6, 400)}`);
    if (i % 500 === 499 || i === to - 1) {
      const peakBytes = process.resourceUsage().maxRSS * 1024;
      process.send?.({
        done: i + 1,
        outcomes: { ...outcomes },
        crashes,
        slow,
        slowestMs,
        peakBytes,
      } satisfies MutantReport);
    }
  }
  closeSync(at);
  process.disconnect?.();
}

const [folder = '', from = '', to = '', progress = ''] = process.argv.slice(2);
await readMutants(folder, Number(from), Number(to), progress);
