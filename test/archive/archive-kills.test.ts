import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { listArchive } from '../../src/archive/archive-catalog.ts';
import { readSeries } from '../../src/archive/read-series.ts';
import { packageRoot } from '../../src/config.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { storedSeason } from '../store/placed-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';

const kills = 12;

describe('an archive that is killed over and over', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  let store: Store;
  let url: string;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'furrow-kills-'));
    postgres = await startPostgres();
    url = postgres.url(await postgres.createDatabase());
    store = await openPostgresStore(url);
  });
  after(async () => {
    await store?.close();
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('loses no row and shows none twice, whatever it was doing', async () => {
    const { dataset } = await storedSeason(store, 'killed', { count: 400 });
    const ask = async () => {
      const { pid, images, bands } = await readSeries(store, { dataset, bands: ['ndvi'] });
      return { pid, images, mean: bands.get('ndvi')?.stats.mean };
    };
    const expected = await ask();
    assert.equal(expected.pid.length, 1200);
    const states = new Set<string>();
    for (let kill = 0; kill < kills; kill++) {
      const script = join(packageRoot(), 'test', 'archive', 'archive-worker.ts');
      const child = spawn(process.execPath, [script, url, String(dataset), folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      await once(child.stdout, 'data');
      // A whole turn, there and back, takes about a third of a second.
      await setTimeout(Math.random() * 700);
      child.kill('SIGKILL');
      const [code] = await exit;
      assert.equal(code, null, 'the worker ended by itself');
      assert.deepEqual(await ask(), expected);
      const [month] = await listArchive(store, dataset);
      states.add(month?.status ?? 'none');
    }
    assert.ok(states.size > 1, `every kill met the state ${[...states].join()}`);
  });
});
