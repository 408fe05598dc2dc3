import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Cancelled } from '../../src/errors.ts';
import { descendants, endProcesses, type ProcessId, stillRunning } from '../../start/process-tree.ts';
import { runCommand } from '../../start/run-command.ts';

/** A process with a child in a session of its own that ignores SIGTERM, as a kernel's child may. */
async function family(): Promise<ChildProcess> {
  const grandchild = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')`;
  const script = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}],
    { detached: true, stdio: ['ignore', 'inherit', 'inherit'] }); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('processes below one are found across sessions, and ended even when they ignore SIGTERM', async () => {
  const child = await family();
  assert.ok(child.pid !== undefined);
  const below = await descendants(child.pid);
  assert.equal(below.length, 1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal((await stillRunning(below)).length, 1);
  await endProcesses(below, 300);
  await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual(await stillRunning(below), []);
});

test('an abort ends a command with all that it started', async () => {
  const cancel = new AbortController();
  let started: readonly ProcessId[] = [];
  const running = runCommand('sh', ['-c', 'sleep 60 & echo up; wait'], {
    signal: cancel.signal,
    onLine: () => {
      void descendants(process.pid).then((list) => {
        started = list;
        cancel.abort();
      });
    },
  });
  await assert.rejects(running, Cancelled);
  assert.ok(started.length >= 2);
  await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual(await stillRunning(started), []);
});
