import { readFileSync } from 'node:fs';
import { openRaster } from '../../src/raster/open-raster.ts';
import { TileCache } from '../../src/raster/tile-cache.ts';
import { openSource } from '../../src/storage/open-source.ts';

/**
 * Reads windows over HTTP for `bench_range.py` of the anchors: `node range.ts URL LIST.json cold|warm`. Cold opens the file anew,
 * with an empty cache, for every window; warm keeps it open. As for the peer, one read before the clock loads the code.
 */
const [url = '', list = '', mode = 'cold'] = process.argv.slice(2);
const windows = JSON.parse(readFileSync(list, 'utf8')) as readonly (readonly [
  number,
  number,
  number,
  number,
])[];
const open = async (query: string) =>
  openRaster(await openSource(`${url}?${query}`, { trust: 'user' }), { tileCache: new TileCache() });

await (await open('warm-up')).read({ window: { x: 0, y: 0, width: 8, height: 8 } });
const kept = mode === 'warm' ? await open('warm') : undefined;
const results: ArrayLike<number | bigint>[] = [];
const start = performance.now();
for (const [i, [x, y, width, height]] of windows.entries()) {
  const raster = kept ?? (await open(`cold${i}`));
  const [pixels] = await raster.read({ bands: [0], window: { x, y, width, height } });
  if (pixels) results.push(pixels);
}
const ms = (performance.now() - start) / windows.length;
let sum = 0;
for (const pixels of results) for (let i = 0; i < pixels.length; i++) sum += Number(pixels[i]);
console.log(`RESULT ${JSON.stringify({ ms, sum })}`);
