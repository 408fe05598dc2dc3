import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { inJobRooms, until } from './job-room.ts';
import { longLoop, three } from './sample-graphs.ts';

const alice = { name: 'alice' };

inJobRooms((room) => {
  test('furrow worker runs what servers queue, and gives back what it cannot finish', {
    timeout: 90_000,
  }, async () => {
    const jobs = await room().open({ slots: 0 });
    const short = await jobs.create(alice, { process: three });
    const long = await jobs.create(alice, { process: longLoop(9_500) });
    await jobs.start(alice, short);
    await jobs.start(alice, long);
    const { dataDir, storeUrl = '', collections } = room().config;
    const worker = spawn(
      process.execPath,
      [join(packageRoot(), 'cli', 'main.ts'), 'worker', '--slots', '2', '--grace', '0.2'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          FURROW_DATA: dataDir,
          FURROW_STORE: storeUrl,
          FURROW_COLLECTIONS: [...collections].map((pair) => pair.join('=')).join(','),
        },
      },
    );
    let said = '';
    worker.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    try {
      await until(jobs, short, 'finished');
      await until(jobs, long, 'running');
      const exit = once(worker, 'exit');
      worker.kill('SIGTERM');
      const [code] = await exit;
      assert.ok(code === 0 || code === 143, said);
      assert.equal((await jobs.get(alice, long)).status, 'queued', said);
    } finally {
      worker.kill('SIGKILL');
    }
    await jobs.remove(alice, short);
    await jobs.remove(alice, long);
  });
});
