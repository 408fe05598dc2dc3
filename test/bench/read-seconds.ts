import { readFileSync } from 'node:fs';
import { openRaster } from '../../src/raster/open-raster.ts';
import { TileCache } from '../../src/raster/tile-cache.ts';
import { openSource } from '../../src/storage/open-source.ts';

type Box = readonly [x: number, y: number, width: number, height: number];

/**
 * Reads windows of a file's first band several times in one process, each time with the file opened anew and no tile decoded before:
 * `node read-seconds.ts TASK.json`. With `warm` the clock starts after those windows, else before the file is opened.
 */
const task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  readonly file: string;
  readonly passes: number;
  readonly warm: readonly Box[];
  readonly windows: readonly Box[];
};

async function pass(): Promise<{ seconds: number; sum: number }> {
  let before = process.cpuUsage();
  const source = await openSource(task.file, { trust: 'user' });
  const raster = await openRaster(source, { tileCache: new TileCache() });
  const read = async ([x, y, width, height]: Box): Promise<ArrayLike<number | bigint>> =>
    (await raster.read({ bands: [0], window: { x, y, width, height } }))[0] ?? [];
  for (const box of task.warm) await read(box);

  const results: ArrayLike<number | bigint>[] = [];
  if (task.warm.length > 0) before = process.cpuUsage();
  for (const box of task.windows) results.push(await read(box));
  const { user, system } = process.cpuUsage(before);

  let sum = 0;
  for (const pixels of results) for (let i = 0; i < pixels.length; i++) sum += Number(pixels[i]);
  return { seconds: (user + system) / 1e6, sum };
}

const done: { seconds: number; sum: number }[] = [];
for (let number = 0; number < task.passes; number++) done.push(await pass());
console.log(JSON.stringify({ cpu_s: done.map(({ seconds }) => seconds), sums: done.map(({ sum }) => sum) }));
