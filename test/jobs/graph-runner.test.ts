import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { decode } from 'fast-png';
import { openCollection } from '../../src/catalog/open-collection.ts';
import type { Config } from '../../src/config.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import {
  Cancelled,
  CollectionNotFound,
  InfrastructureBusy,
  InvalidArgument,
  LimitExceeded,
  ProcessParameterRequired,
  ResultTimeout,
} from '../../src/errors.ts';
import { transformBBox } from '../../src/geometry/crs.ts';
import { runGraph } from '../../src/graph/run.ts';
import { type GraphRunner, openGraphRunner } from '../../src/jobs/graph-runner.ts';
import type { NewLogLine } from '../../src/jobs/job.ts';
import { tileGrid } from '../../src/tiles/tile-grid.ts';
import { descendants, stillRunning } from '../../start/process-tree.ts';
import { finer, longLoop, meanNdvi, three } from './sample-graphs.ts';

const caller = { name: 'alice' };

describe('graphs whose caller waits', { timeout: 120_000 }, () => {
  let folder: string;
  let config: Config;
  let runner: GraphRunner;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-runner-'));
    const demo = await makeDemoSeason({ folder: join(folder, 'season'), size: 96, dates: 3 });
    config = { dataDir: folder, storeUrl: undefined, collections: new Map([['season', demo.collection]]) };
    process.env.FURROW_RUNNER_MEMORY = '600';
    runner = openGraphRunner({ config, size: 2 });
  });
  after(async () => {
    await runner?.close();
    delete process.env.FURROW_RUNNER_MEMORY;
    await rm(folder, { recursive: true, force: true });
  });

  test('a graph gives its files, its value and what they are', async () => {
    const sum = await runner.run(three, { caller });
    assert.equal(sum.value, 3);
    assert.equal(new TextDecoder().decode(sum.files[0]?.bytes), '3');
    const { files, facts } = await runner.run(meanNdvi, { caller });
    assert.equal(files.length, 1);
    assert.deepEqual(facts.projection?.shape, [96, 96]);
  });

  test('an image that cannot be read is told: to who waits for a result, and once in the log for tiles', async () => {
    const broken = join(folder, 'broken');
    const { collection } = await makeDemoSeason({ folder: broken, size: 64, dates: 3 });
    const [torn = ''] = (await readdir(broken)).filter((name) => name.startsWith('S2'));
    await writeFile(join(broken, torn, 'item.json'), '{');
    const logged: string[] = [];
    const own = openGraphRunner({
      config: { ...config, collections: new Map([['season', collection]]) },
      size: 1,
      log: (level, message) => void logged.push(`${level} ${message}`),
    });
    try {
      const lines: NewLogLine[] = [];
      const { files } = await own.run(meanNdvi, { caller, onLine: (line) => void lines.push(line) });
      assert.equal(files.length, 1);
      const [warning, ...others] = lines.filter(({ level }) => level === 'warning');
      assert.deepEqual(others, []);
      assert.match(warning?.message ?? '', new RegExp(`^an image of season cannot .* left out: .*${torn}`));
      assert.ok(lines.some(({ message }) => message === 'reading 2 images of season'));
      const { bbox } = await openCollection(collection);
      const [x, y] = tileOf([(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2], 15);
      for (const z of [15, 15]) await own.tile({ process: meanNdvi, z, x, y }, { caller });
      assert.deepEqual(logged, [`warn tiles of a service: ${warning?.message}`]);
    } finally {
      await own.close();
    }
  });

  test('errors of a graph keep their class, and only published collections are known', async () => {
    const wrong = { process_graph: { sum: { process_id: 'add', arguments: { x: 1 }, result: true } } };
    await assert.rejects(runner.run(wrong, { caller }), ProcessParameterRequired);
    for (const id of [
      config.collections.get('season') ?? '',
      '/etc/passwd',
      'https://example.com/c.json',
      '__proto__',
    ])
      await assert.rejects(
        runner.run(
          {
            process_graph: {
              load: {
                process_id: 'load_collection',
                arguments: { id, spatial_extent: null, temporal_extent: null },
                result: true,
              },
            },
          },
          { caller },
        ),
        CollectionNotFound,
      );
  });

  test('a graph in a loop is cancelled and timed out, and the next one is answered', async () => {
    await runner.run(three, { caller });
    const stop = new AbortController();
    const looping = runner.run(longLoop(9_000), { caller, signal: stop.signal });
    setTimeout(() => stop.abort(), 700);
    const from = performance.now();
    await assert.rejects(looping, Cancelled);
    assert.ok(performance.now() - from < 2_000, `${performance.now() - from} ms`);
    await assert.rejects(runner.run(longLoop(9_000), { caller, maxMs: 800 }), ResultTimeout);
    assert.equal((await runner.run(three, { caller })).value, 3);
  });

  test('a graph that takes too much memory fails alone', async () => {
    await assert.rejects(runner.run(finer(0.15), { caller }), LimitExceeded);
    assert.equal((await runner.run(three, { caller })).value, 3);
  });

  test('one caller who piles up requests does not keep the others waiting, and finds the queue full first', async () => {
    process.env.FURROW_MAX_GRAPH_REQUESTS = '8';
    const narrow = openGraphRunner({ config, size: 1 });
    try {
      const order: string[] = [];
      const ask = (name: string) =>
        narrow.run(three, { caller: { name } }).then(
          () => void order.push(name),
          (error: unknown) =>
            void order.push(error instanceof InfrastructureBusy ? `${name} refused` : String(error)),
        );
      await Promise.all([...Array.from({ length: 6 }, () => ask('alice')), ask('bob'), ask('carol')]);
      assert.deepEqual(order.slice(0, 4), ['alice refused', 'alice', 'bob', 'carol']);
    } finally {
      await narrow.close();
      delete process.env.FURROW_MAX_GRAPH_REQUESTS;
    }
  });

  test('processes of a killed server end by themselves, also from a loop', async () => {
    const owner = spawn(
      process.execPath,
      [join(import.meta.dirname, 'runner-owner.ts'), JSON.stringify([...config.collections])],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(owner.stdout, 'data');
    const children = await descendants(owner.pid ?? -1);
    assert.ok(children.length > 0);
    owner.kill('SIGKILL');
    for (let waited = 0; waited < 60 && (await stillRunning(children)).length > 0; waited++) await delay(50);
    assert.deepEqual(await stillRunning(children), []);
  });

  test('tiles show the graph on their own grid, and nothing where it has nothing', async () => {
    const { bbox } = await openCollection(config.collections.get('season') ?? '');
    const z = 15;
    const [x, y] = tileOf([(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2], z);
    const configuration = { min: -1, max: 1, colors: 'gray' };
    const png = await runner.tile({ process: meanNdvi, configuration, z, x, y }, { caller });
    const picture = decode(png);
    assert.deepEqual([picture.width, picture.height, picture.channels], [256, 256, 4]);
    // The same graph on the tile's grid in this process.
    const grid = tileGrid(z, x, y, 256);
    const result = await runGraph(meanNdvi, {
      openCollection: (id) => openCollection(config.collections.get(id) ?? ''),
      targetGrid: grid,
      threads: 0,
    });
    assert.ok(result.kind === 'cube');
    const { cube } = result;
    const left = Math.round((cube.transform[2] - grid.transform[2]) / grid.transform[0]);
    const top = Math.round((cube.transform[5] - grid.transform[5]) / grid.transform[4]);
    let compared = 0;
    for (let row = 0; row < 256; row++)
      for (let column = 0; column < 256; column++) {
        const at = 4 * (row * 256 + column);
        const [i, j] = [row - top, column - left];
        const inside = i >= 0 && j >= 0 && i < cube.height && j < cube.width;
        const value = inside ? (cube.values[i * cube.width + j] ?? Number.NaN) : Number.NaN;
        if (Number.isNaN(value)) assert.equal(picture.data[at + 3], 0);
        else {
          const gray = Math.min(255, Math.max(0, Math.round(((value + 1) * 255) / 2)));
          assert.deepEqual([picture.data[at], picture.data[at + 3]], [gray, 255]);
          compared++;
        }
      }
    assert.ok(compared > 1_000);
    const empty = decode(await runner.tile({ process: meanNdvi, z: 10, x: 0, y: 0 }, { caller }));
    assert.ok(empty.data.every((value) => value === 0));
    const free = decode(await runner.tile({ process: meanNdvi, z, x, y }, { caller }));
    assert.ok(new Set(free.data).size > 50, 'limits are measured where none are given');
    await assert.rejects(runner.tile({ process: meanNdvi, z: 2, x: 4, y: 0 }, { caller }), InvalidArgument);
  });
});

function tileOf([lon, lat]: readonly [number, number], z: number): [number, number] {
  const [x, y] = transformBBox([lon, lat, lon, lat], 'OGC:CRS84', 'EPSG:3857');
  const side = (2 * 20_037_508.342789244) / 2 ** z;
  return [Math.floor((x + 20_037_508.342789244) / side), Math.floor((20_037_508.342789244 - y) / side)];
}
