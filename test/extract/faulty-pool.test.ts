import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Item } from '../../src/catalog/item.ts';
import { openPool } from '../../src/engine/pool.ts';
import { Cancelled, InvalidArgument, TaskFailed } from '../../src/errors.ts';
import { extractImage } from '../../src/extract/extract-image.ts';
import { type ExtractPool, type ExtractTasks, openExtractPool } from '../../src/extract/extract-pool.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';

const crs = 'EPSG:32632';
const transform = [10, 0, 600_000, 0, -10, 5_200_000] as const;
const size = 4096;

let folder: string;
let item: Item;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-faulty-'));
  const href = join(folder, 'band.tif');
  const pixels = new Uint16Array(size * size).fill(7);
  const image = { width: size, height: size, dataType: 'uint16' as const, bands: [pixels] };
  await writeFile(href, await encodeCog(image, { crs, transform, overviews: 'none' }));
  const grid = { crs, transform, width: size, height: size };
  const band = { name: 'band', commonName: undefined, assetKey: 'band', href, bandIndex: 0, grid };
  item = {
    id: 'one',
    collection: 'faulty',
    datetime: '2026-06-01T10:00:00Z',
    bbox: [10, 46, 11, 47],
    properties: {},
    bands: [{ ...band, dataType: 'uint16', nodata: undefined, scale: 1, offset: 0 }],
  };
});
after(() => rm(folder, { recursive: true, force: true }));

/** Nine squares that lie in many tiles: several parts for the threads. */
const parcels = Array.from({ length: 9 }, (_, i) => {
  const [x, y] = [602_000 + (i % 3) * 15_000, 5_198_000 - Math.floor(i / 3) * 15_000];
  const corners = [0, 1, 2, 3, 0].map((corner): [number, number] => [
    x + (corner === 1 || corner === 2 ? 5_000 : 0),
    y - (corner > 1 ? 5_000 : 0),
  ]);
  return {
    ...{ pid: i, label: `parcel ${i}`, crop: undefined, area: 2_500, attributes: {} },
    geometry: { type: 'Polygon' as const, coordinates: [corners] },
  };
});

const extract = (pool: ExtractPool, signal?: AbortSignal) =>
  extractImage({ item, parcels: { name: 'faulty', crs, parcels }, pool, signal });

function faulty(fault: string): ExtractPool {
  const module = new URL(`./faulty-worker.ts?${fault}`, import.meta.url);
  return openPool<ExtractTasks>({ module, threads: 2 });
}

test('a number of threads that is none opens no pool', () => {
  for (const threads of [Number.NaN, 0, -1, 1.5, Infinity, 1e9])
    assert.throws(() => openExtractPool(threads), InvalidArgument, String(threads));
});

test('a pool that runs no task gives an error, not zeros', async () => {
  const pool = openExtractPool(1);
  try {
    await assert.rejects(extract({ ...pool, threads: Number.NaN }), TaskFailed);
  } finally {
    await pool.close();
  }
});

test('a worker that skips its task gives an error, not zeros', async () => {
  const pool = faulty('skip');
  try {
    await assert.rejects(extract(pool), TaskFailed);
  } finally {
    await pool.close();
  }
});

test('a worker that dies with a part claimed gives an error, not zeros', async () => {
  const pool = faulty('die');
  try {
    await assert.rejects(extract(pool), TaskFailed);
  } finally {
    await pool.close();
  }
});

test('a pool closed or a call cancelled in the middle gives an error; the pool goes on with the next call', async () => {
  const pool = openExtractPool(2);
  try {
    const stop = new AbortController();
    const watched = { ...pool, run: abortedAt('gather', stop, pool) };
    await assert.rejects(extract(watched, stop.signal), Cancelled);
    const late = new AbortController();
    await assert.rejects(extract({ ...pool, run: abortedAt('measure', late, pool) }, late.signal), Cancelled);
    const { signatures } = await extract(pool);
    assert.deepEqual(
      signatures[0]?.n,
      Array.from(parcels, () => 250_000),
    );
    assert.ok(Array.from(signatures[0]?.v ?? []).every((value) => value === 7 || value === 0));
    const closing = extract({
      ...pool,
      run: (...task) => {
        const answer = pool.run(...task);
        void pool.close();
        return answer;
      },
    });
    await assert.rejects(closing, /closed/);
  } finally {
    await pool.close();
  }
});

/** Cancels the call as soon as a task of that name is under way. */
function abortedAt(name: string, stop: AbortController, pool: ExtractPool): ExtractPool['run'] {
  return (...task) => {
    const answer = pool.run(...task);
    if (task[0] === name) setTimeout(() => stop.abort(), 3);
    return answer;
  };
}
