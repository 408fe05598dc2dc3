import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { enableAccount } from '../../src/accounts/close-accounts.ts';
import { addAccount } from '../../src/accounts/users.ts';
import type { JobStatus } from '../../src/jobs/job.ts';
import { inJobRooms } from './job-room.ts';
import { longLoop, three } from './sample-graphs.ts';

/** Of this run alone: the embedded store is kept. */
const carol = { name: `carol${process.pid}` };
const bob = { name: 'bob' };

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

inJobRooms((room) => {
  test('jobs of an account that is disabled end with the reason, and none goes on when it is enabled', {
    timeout: 90_000,
  }, async (context) => {
    const { store } = room();
    await addAccount(store, carol);
    context.after(() => store.query('delete from furrow.account where name = $1', [carol.name]));
    const jobs = await room().open({ slots: 1 });
    const queue = async (process = longLoop(9_500), who = carol) => {
      const id = await jobs.create(who, { process });
      await jobs.start(who, id);
      return id;
    };
    const until = async (id: string, wanted: JobStatus, who = carol) => {
      for (let waited = 0; waited < 600; waited++) {
        if ((await jobs.get(who, id)).status === wanted) return;
        await delay(50);
      }
      assert.fail(`job ${id} is not ${wanted}`);
    };
    const reason = async (id: string) => (await jobs.logs(carol, id, { level: 'error' })).at(-1);
    const pidOf = async (id: string) => {
      for (let waited = 0; waited < 200; waited++) {
        const [row] = await store.query<{ pid: number | null }>('select pid from furrow.job where id = $1', [
          id,
        ]);
        if (row?.pid) return row.pid;
        await delay(50);
      }
      assert.fail('the job has no process');
    };

    const running = await queue();
    const pid = await pidOf(running);
    const queued = await queue(three);
    const from = performance.now();
    await enableAccount(store, carol.name, false);
    for (const id of [running, queued]) {
      assert.equal((await jobs.get(carol, id)).status, 'error');
      const { code, message } = (await reason(id)) ?? {};
      assert.equal(code, 'AccountDisabled');
      assert.match(message ?? '', /was disabled/);
    }
    while (lives(pid) && performance.now() - from < 10_000) await delay(20);
    assert.ok(performance.now() - from < 4_000, `its process lived for ${performance.now() - from} ms`);

    const late = await queue(three);
    const others = await queue(three, bob);
    await until(others, 'finished', bob);
    assert.equal((await jobs.get(carol, late)).status, 'queued');
    await enableAccount(store, carol.name, true);
    assert.equal((await jobs.get(carol, late)).status, 'error');

    const again = await queue();
    await pidOf(again);
    await enableAccount(store, carol.name, true);
    assert.equal((await jobs.get(carol, again)).status, 'running', 'it was enabled already');
    // As a server claims one that did not see it coming.
    await store.query('update furrow.account set enabled = false where name = $1', [carol.name]);
    await until(again, 'error');
    assert.equal((await reason(again))?.code, 'AccountDisabled');
    for (const id of [running, queued, late, again]) await jobs.remove(carol, id);
    await jobs.remove(bob, others);
  });
});
