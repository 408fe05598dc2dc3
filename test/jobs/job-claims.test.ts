import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { StoreFailure } from '../../src/errors.ts';
import type { JobUsage } from '../../src/jobs/job.ts';
import {
  claimJob,
  endJob,
  giveBack,
  type JobClaim,
  noteLeftovers,
  renewJob,
  runningJobs,
  takeBack,
} from '../../src/jobs/job-claims.ts';
import { appendLog } from '../../src/jobs/job-logs.ts';
import { runJob } from '../../src/jobs/run-job.ts';
import { openWorkspace } from '../../src/jobs/workspace.ts';
import type { Queryable } from '../../src/store/store.ts';
import { inJobRooms } from './job-room.ts';
import { longLoop, three } from './sample-graphs.ts';

const alice = { name: 'alice' };
const usage: JobUsage = {
  cpu: { value: 1, unit: 'cpu-seconds' },
  memory: { value: 1, unit: 'mb-seconds' },
  duration: { value: 1, unit: 'seconds' },
};

inJobRooms((room) => {
  const claimed = async (): Promise<JobClaim> => {
    const claim = await claimJob(room().store, 'a test');
    assert.ok(claim);
    return claim;
  };
  const runWith = (claim: JobClaim, store: Queryable = room().store) =>
    runJob({
      store,
      workspace: openWorkspace(room().config),
      config: room().config,
      claim,
      memory: 2 ** 32,
      maxMs: 60_000,
      threads: 1,
      version: '0.0.0',
      signal: new AbortController().signal,
    });

  test('claimers at the same time never get the same job', async () => {
    const jobs = await room().open({ slots: 0 });
    const ids: string[] = [];
    for (let i = 0; i < 40; i++) ids.push(await jobs.create(alice, { process: three }));
    for (const id of ids) await jobs.start(alice, id);
    const claims = await Promise.all(Array.from({ length: 60 }, () => claimJob(room().store, 'a test')));
    const got = claims.flatMap((claim) => claim?.id ?? []);
    assert.equal(new Set(got).size, got.length);
    // Several may have waited for the same row and found it taken.
    while (got.length < 40) got.push((await claimed()).id);
    assert.deepEqual(got.sort(), ids.sort());
    assert.equal(await claimJob(room().store, 'a test'), undefined);
    for (const id of ids) await jobs.remove(alice, id);
  });

  test('who has lost a job can neither renew, write, log, end nor give it back', async () => {
    const { store } = room();
    const jobs = await room().open({ slots: 0 });
    const id = await jobs.create(alice, { process: three });
    await jobs.start(alice, id);
    const lost = await claimed();
    assert.ok(await renewJob(store, lost, { pid: 1, progress: 50 }));
    assert.equal(await takeBack(store, lost), 'queued');
    assert.equal((await jobs.get(alice, id)).progress, 0, 'as of all that is queued');
    const now = await claimed();
    assert.equal(now.tries, 2);
    assert.equal(await renewJob(store, lost, { pid: 1, progress: 60 }), false);
    assert.equal(await noteLeftovers(store, lost, [{ run: 'r', names: [] }]), false);
    assert.equal(
      await appendLog(store, id, [{ level: 'info', message: 'late' }], { token: lost.token }),
      false,
    );
    assert.equal(await endJob(store, lost, { usage, result: { run: 'r', results: {} } }), false);
    assert.equal(await giveBack(store, lost), false);
    assert.equal(await takeBack(store, lost), undefined);
    await runWith(lost);
    assert.equal((await jobs.get(alice, id)).status, 'running');
    assert.deepEqual(await jobs.logs(alice, id), []);
    assert.ok(!existsSync(join(room().folder, 'results', 'alice', id)));
    await runWith(now);
    assert.equal((await jobs.get(alice, id)).status, 'finished');
    await jobs.remove(alice, id);
  });

  test('a run that loses its job while it computes shows nothing and leaves nothing', {
    timeout: 60_000,
  }, async () => {
    const { store } = room();
    const jobs = await room().open({ slots: 0 });
    const id = await jobs.create(alice, { process: longLoop(4_000) });
    await jobs.start(alice, id);
    const claim = await claimed();
    const run = runWith(claim);
    await jobs.cancel(alice, id);
    await run;
    assert.equal((await jobs.get(alice, id)).status, 'created');
    assert.ok(!existsSync(join(room().folder, 'results', 'alice', id)));
    assert.deepEqual(await runningJobs(store), []);
    await jobs.remove(alice, id);
  });

  test('files stay where nobody knows whether the store has heard of them', { timeout: 60_000 }, async () => {
    const { store } = room();
    const jobs = await room().open({ slots: 0 });
    const id = await jobs.create(alice, { process: three });
    await jobs.start(alice, id);
    const claim = await claimed();
    // The commit arrives, its answer and all that is asked after it do not.
    let cut = false;
    const faulty: Queryable = {
      ...store,
      query: async (text, values, options) => {
        if (cut) throw new StoreFailure('the line is dead');
        const rows = await store.query(text, values, options);
        if (/status = case when \$3::text is null/.test(text)) {
          cut = true;
          throw new StoreFailure('the answer was lost');
        }
        return rows as never;
      },
    };
    await assert.rejects(runWith(claim, faulty), StoreFailure);
    assert.equal((await jobs.get(alice, id)).status, 'finished');
    const { address } = await jobs.resultFile(alice, id, 'result.json');
    assert.ok(existsSync(address));
    await jobs.remove(alice, id);
  });

  test('a job is given up at the third loss, and not taken from who has renewed its lease meanwhile', async () => {
    const { store } = room();
    const jobs = await room().open({ slots: 0 });
    const id = await jobs.create(alice, { process: three });
    await jobs.start(alice, id);
    for (const expected of ['queued', 'queued', 'error']) {
      const claim = await claimed();
      const [seen] = (await runningJobs(store)).filter((job) => job.id === id);
      assert.ok(seen && !seen.expired);
      await renewJob(store, claim, { pid: 1, progress: 1 });
      assert.equal(await takeBack(store, seen), undefined, 'the lease is another one now');
      assert.equal(await takeBack(store, claim), expected);
    }
    assert.equal(await claimJob(store, 'a test'), undefined);
    await jobs.start(alice, id);
    assert.equal((await claimed()).tries, 1, 'started again it has all its tries');
    await jobs.remove(alice, id);
  });
});
