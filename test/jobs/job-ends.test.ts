import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { claimJob } from '../../src/jobs/job-claims.ts';
import type { Jobs } from '../../src/jobs/open-jobs.ts';
import { inJobRooms, type JobRoom, until } from './job-room.ts';
import { finer, longLoop, three } from './sample-graphs.ts';

const alice = { name: 'alice' };

/** The process of a running job, once it has one. */
async function processOf({ store }: JobRoom, id: string): Promise<number> {
  for (let waited = 0; waited < 200; waited++) {
    const [row] = await store.query<{ pid: number | null }>('select pid from furrow.job where id = $1', [id]);
    if (row?.pid) return row.pid;
    await delay(50);
  }
  assert.fail('the job has no process');
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    if (!lives(pid)) return true;
    await delay(20);
  }
  return false;
}

async function running(room: JobRoom, jobs: Jobs, additions = 9_500): Promise<{ id: string; pid: number }> {
  const id = await jobs.create(alice, { process: longLoop(additions) });
  await jobs.start(alice, id);
  await until(jobs, id, 'running');
  return { id, pid: await processOf(room, id) };
}

inJobRooms((room) => {
  const messages = async (jobs: Jobs, id: string) =>
    (await jobs.logs(alice, id)).map(({ message }) => message).join('\n');

  test('a job in a hard loop is gone within 2 s of its cancel', { timeout: 60_000 }, async () => {
    const jobs = await room().open();
    const { id, pid } = await running(room(), jobs);
    await delay(500);
    const from = performance.now();
    await jobs.cancel(alice, id);
    assert.ok(await gone(pid, 1_000));
    assert.ok(performance.now() - from < 2_000, `${performance.now() - from} ms`);
    assert.equal((await jobs.get(alice, id)).status, 'created', 'there are no partial results');
    assert.match(await messages(jobs, id), /cancelled/);
    await jobs.remove(alice, id);
  });

  test('a stopped process is gone within 2 s of a cancel, and of the deletion of its job, or once its transaction has stood still too long', {
    timeout: 60_000,
  }, async () => {
    const jobs = await room().open();
    // It may have been stopped in a transaction: the embedded store's other clients wait until it is thrown out.
    const most = room().store.kind === 'embedded' ? 7_000 : 2_000;
    for (const end of ['cancel', 'remove'] as const) {
      const { id, pid } = await running(room(), jobs);
      process.kill(pid, 'SIGSTOP');
      const from = performance.now();
      await jobs[end](alice, id);
      assert.ok(await gone(pid, 1_000), end);
      assert.ok(performance.now() - from < most, `${performance.now() - from} ms`);
      if (end === 'cancel') await jobs.remove(alice, id);
    }
  });

  test('a process ends by itself when another server cancels its job', { timeout: 60_000 }, async () => {
    const jobs = await room().open();
    const { id, pid } = await running(room(), jobs);
    // As somebody on another machine does, who cannot end the process.
    await room().store.query(
      `update furrow.job set status = 'canceled', lease_token = null, lease_until = null, host = null, pid = null where id = $1`,
      [id],
    );
    assert.ok(await gone(pid, 2_000));
    await jobs.remove(alice, id);
  });

  test('a job whose process is killed is tried again, three times in all, then given up with the reason', {
    timeout: 90_000,
  }, async () => {
    const jobs = await room().open();
    const { id, pid } = await running(room(), jobs);
    process.kill(pid, 'SIGKILL');
    let last = pid;
    for (const again of [2, 3]) {
      for (let waited = 0; waited < 400 && last === (await processOf(room(), id).catch(() => last)); waited++)
        await delay(50);
      last = await processOf(room(), id);
      assert.match(await messages(jobs, id), new RegExp(`try ${again - 1} of 3\\); it is queued again`));
      process.kill(last, 'SIGKILL');
    }
    await until(jobs, id, 'error');
    const outcome = await jobs.results(alice, id);
    assert.ok(outcome.kind === 'error');
    assert.match(outcome.entry.message, /SIGKILL.*given up/);
    await jobs.remove(alice, id);
  });

  test('the processes of a closed server go on, and the next server knows them', {
    timeout: 90_000,
  }, async () => {
    const first = await room().open();
    const { id, pid } = await running(room(), first, 4_000);
    await first.close();
    assert.ok(lives(pid));
    const second = await room().open();
    await until(second, id, 'finished');
    assert.doesNotMatch(await messages(second, id), /queued again/);
    await second.remove(alice, id);
  });

  test('a worker that is told to stop gives back what it has not finished', { timeout: 60_000 }, async () => {
    const worker = await room().open();
    const { id, pid } = await running(room(), worker);
    await worker.drain(100);
    assert.ok(await gone(pid, 1_000));
    assert.equal((await worker.get(alice, id)).status, 'queued');
    const [row] = await room().store.query<{ tries: number }>('select tries from furrow.job where id = $1', [
      id,
    ]);
    assert.equal(row?.tries, 0);
    await worker.remove(alice, id);
  });

  test('memory and time have limits that are told', { timeout: 90_000 }, async () => {
    process.env.FURROW_JOB_MEMORY = '500';
    try {
      const jobs = await room().open();
      const id = await jobs.create(alice, { process: finer(0.15) });
      await jobs.start(alice, id);
      await until(jobs, id, 'error');
      const outcome = await jobs.results(alice, id);
      assert.ok(outcome.kind === 'error');
      assert.equal(outcome.entry.code, 'LimitExceeded', outcome.entry.message);
      assert.match(outcome.entry.message, /FURROW_JOB_MEMORY/);
      await jobs.remove(alice, id);
    } finally {
      delete process.env.FURROW_JOB_MEMORY;
    }
  });

  test('nothing of a run is left that was cancelled, and nothing of results that were replaced', {
    timeout: 90_000,
  }, async () => {
    const jobs = await room().open();
    const id = await jobs.create(alice, { process: three });
    const runs = () => readdir(join(room().folder, 'results', 'alice', id));
    await jobs.start(alice, id);
    await until(jobs, id, 'finished');
    const [first] = await runs();
    await jobs.start(alice, id);
    await until(jobs, id, 'finished');
    const second = await runs();
    assert.equal(second.length, 1);
    assert.notEqual(second[0], first);
    assert.equal((await jobs.logs(alice, id)).filter(({ message }) => /started/.test(message)).length, 1);
    await jobs.remove(alice, id);
    assert.ok(!existsSync(join(room().folder, 'results', 'alice', id)));
  });

  test('owners take turns, whoever queued more and earlier', { timeout: 60_000 }, async (context) => {
    const { store } = room();
    if (store.kind === 'embedded') return context.skip('the embedded store has one person');
    const jobs = await room().open({ slots: 0 });
    await store.query('delete from furrow.job');
    const make = async (name: string) => {
      const id = await jobs.create({ name }, { process: three });
      await jobs.start({ name }, id);
    };
    for (const name of ['alice', 'alice', 'alice', 'bob', 'carol']) await make(name);
    const order: (string | undefined)[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const claim = await claimJob(store, 'a test');
      order.push(claim?.owner);
      if (claim !== undefined)
        await store.query(
          'update furrow.job set status = $2, lease_token = null, lease_until = null where id = $1',
          [claim.id, 'canceled'],
        );
    }
    assert.deepEqual(order, ['alice', 'bob', 'carol', 'alice', 'alice', undefined]);
    await store.query('delete from furrow.job');
  });

  test('a process that stands still loses its job to another try, and is ended before', {
    timeout: 60_000,
  }, async (context) => {
    // Ten seconds: once is enough.
    if (room().store.kind === 'embedded') return context.skip('as on PostgreSQL');
    const jobs = await room().open();
    const { id, pid } = await running(room(), jobs, 1_000);
    process.kill(pid, 'SIGSTOP');
    const from = performance.now();
    await until(jobs, id, 'finished');
    assert.ok(performance.now() - from < 25_000);
    assert.ok(await gone(pid, 100));
    assert.match(
      await messages(jobs, id),
      /its process was (lost|ended by SIGKILL) \(try 1 of 3\); it is queued again/,
    );
    await jobs.remove(alice, id);
  });

  test('watching tells lines and states until the end', { timeout: 60_000 }, async () => {
    const jobs = await room().open();
    const id = await jobs.create(alice, { process: three });
    await jobs.start(alice, id);
    const states: string[] = [];
    const lines: string[] = [];
    for await (const event of jobs.watch(alice, id, { pollMs: 20 }))
      if (event.kind === 'state') states.push(event.status);
      else lines.push(event.line.message);
    assert.equal(states.at(-1), 'finished');
    assert.match(lines.join('\n'), /started[\s\S]*finished/);
    const stop = AbortSignal.timeout(300);
    const long = await running(room(), jobs);
    await assert.rejects(
      (async () => {
        for await (const _event of jobs.watch(alice, long.id, { signal: stop })) assert.ok(true);
      })(),
      { code: 'Cancelled' },
    );
    await jobs.remove(alice, long.id);
    await jobs.remove(alice, id);
  });
});
