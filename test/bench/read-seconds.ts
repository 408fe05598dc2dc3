import { readFileSync } from 'node:fs';
import { openRaster } from '../../src/raster/open-raster.ts';
import { openSource } from '../../src/storage/open-source.ts';

type Box = readonly [x: number, y: number, width: number, height: number];

/** Opens a file and reads windows of its first band: `node read-seconds.ts TASK.json`. With `warm` the clock starts after those. */
const task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  readonly file: string;
  readonly warm: readonly Box[];
  readonly windows: readonly Box[];
};
let before = process.cpuUsage();
const raster = await openRaster(await openSource(task.file, { trust: 'user' }));
const read = async ([x, y, width, height]: Box): Promise<ArrayLike<number | bigint>> =>
  (await raster.read({ bands: [0], window: { x, y, width, height } }))[0] ?? [];
for (const box of task.warm) await read(box);

const results: ArrayLike<number | bigint>[] = [];
if (task.warm.length > 0) before = process.cpuUsage();
for (const box of task.windows) results.push(await read(box));
const { user, system } = process.cpuUsage(before);

let sum = 0;
for (const pixels of results) for (let i = 0; i < pixels.length; i++) sum += Number(pixels[i]);
console.log(JSON.stringify({ cpu_s: (user + system) / 1e6, sum }));
