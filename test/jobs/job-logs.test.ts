import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument } from '../../src/errors.ts';
import { claimJob } from '../../src/jobs/job-claims.ts';
import { appendLog } from '../../src/jobs/job-logs.ts';
import { runJob } from '../../src/jobs/run-job.ts';
import { openWorkspace } from '../../src/jobs/workspace.ts';
import { inJobRooms } from './job-room.ts';
import { longLoop, meanNdvi, three } from './sample-graphs.ts';

const alice = { name: 'alice' };

inJobRooms((room) => {
  test('a log is read from an offset and by severity', async () => {
    const jobs = await room().open({ slots: 0 });
    const id = await jobs.create(alice, { process: three });
    const levels = ['info', 'debug', 'warning', 'error'] as const;
    for (const level of levels)
      await appendLog(room().store, id, [
        { level, message: `a ${level}`, code: 'X', data: { n: [1, null] } },
      ]);
    const all = await jobs.logs(alice, id);
    assert.deepEqual(
      all.map(({ level }) => level),
      levels,
    );
    assert.deepEqual(all[0]?.data, { n: [1, null] });
    assert.equal((await jobs.logs(alice, id, { level: 'warning' })).length, 2);
    assert.equal((await jobs.logs(alice, id, { offset: all[1]?.id })).length, 2);
    assert.equal((await jobs.logs(alice, id, { limit: 1 })).length, 1);
    for (const offset of ['x', '-1', '1; drop table furrow.job', '99999999999999'])
      await assert.rejects(jobs.logs(alice, id, { offset }), InvalidArgument);
    await jobs.remove(alice, id);
  });

  test('a log is bounded in lines and in length, errors are written nevertheless', async () => {
    process.env.FURROW_MAX_JOB_LOG_LINES = '5';
    try {
      const jobs = await room().open({ slots: 0 });
      const id = await jobs.create(alice, { process: three });
      const line = {
        level: 'info',
        message: `a NUL \0 and ${'x'.repeat(10_000)}`,
        data: 'y'.repeat(100_000),
      } as const;
      await appendLog(room().store, id, [line, line, line]);
      await appendLog(room().store, id, [line, line, line, { level: 'error', message: 'the end' }]);
      const lines = await jobs.logs(alice, id);
      assert.equal(lines.length, 6);
      assert.match(lines[4]?.message ?? '', /further ones are left out/);
      assert.equal(lines[5]?.message, 'the end');
      assert.ok((lines[0]?.message.length ?? 0) < 5_000);
      assert.equal(lines[0]?.data, 'left out: 100002 characters');
      await jobs.remove(alice, id);
    } finally {
      delete process.env.FURROW_MAX_JOB_LOG_LINES;
    }
  });

  test('a run tells no more of a message than its owner may read', { timeout: 60_000 }, async () => {
    const { store, config } = room();
    const jobs = await room().open({ slots: 0 });
    const id = await jobs.create(alice, {
      process: { process_graph: { sum: { process_id: 'add', arguments: { x: 1 }, result: true } } },
    });
    await jobs.start(alice, id);
    const claim = await claimJob(store, 'a test');
    assert.ok(claim);
    await runJob({
      store,
      workspace: openWorkspace(config),
      config,
      claim,
      memory: 2 ** 32,
      maxMs: 60_000,
      threads: 1,
      version: '0.0.0',
      told: (message) => message.replaceAll("'y'", 'z'),
      signal: new AbortController().signal,
    });
    const [line] = await jobs.logs(alice, id, { level: 'error' });
    assert.match(line?.message ?? '', /z/);
    assert.doesNotMatch(line?.message ?? '', /'y'/);
    await jobs.remove(alice, id);
  });

  test('a fault of ours is told as one; what it says is for those who keep the server', {
    timeout: 60_000,
  }, async () => {
    const { store, config } = room();
    const jobs = await room().open({ slots: 0 });
    const id = await jobs.create(alice, { process: meanNdvi });
    await jobs.start(alice, id);
    const claim = await claimJob(store, 'a test');
    assert.ok(claim);
    const unexpected: unknown[] = [];
    await runJob({
      store,
      workspace: openWorkspace(config),
      // No address: the thread that computes meets a TypeError.
      config: { ...config, collections: new Map([['season', 5 as unknown as string]]) },
      claim,
      memory: 2 ** 32,
      maxMs: 60_000,
      threads: 1,
      version: '0.0.0',
      onUnexpected: (error) => void unexpected.push(error),
      signal: new AbortController().signal,
    });
    const [line, ...others] = await jobs.logs(alice, id, { level: 'error' });
    assert.deepEqual([line?.code, others], ['Internal', []]);
    assert.doesNotMatch(line?.message ?? '', /TypeError|not a function/);
    assert.match(String(unexpected), /UnexpectedFailure: TypeError: .* not a function/);
    await jobs.remove(alice, id);
  });

  test('a run writes no line less severe than the job wants, and ends when its time is over', {
    timeout: 60_000,
  }, async () => {
    const { store, config } = room();
    const jobs = await room().open({ slots: 0 });
    const id = await jobs.create(alice, { process: longLoop(9_000), logLevel: 'warning' });
    await jobs.start(alice, id);
    const claim = await claimJob(store, 'a test');
    assert.equal(claim?.id, id);
    assert.ok(claim);
    await runJob({
      store,
      workspace: openWorkspace(config),
      config,
      claim,
      memory: 2 ** 32,
      maxMs: 700,
      threads: 1,
      version: '0.0.0',
      signal: new AbortController().signal,
    });
    const lines = await jobs.logs(alice, id);
    assert.deepEqual(
      lines.map(({ level, code }) => [level, code]),
      [['error', 'LimitExceeded']],
    );
    assert.match(lines[0]?.message ?? '', /FURROW_JOB_MINUTES/);
    await jobs.remove(alice, id);
  });
});
