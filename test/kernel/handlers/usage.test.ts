import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Request } from '../../../kernel/dispatch.ts';
import { answerUsage } from '../../../kernel/handlers/usage.ts';

interface Usage {
  readonly pid: number;
  readonly kernel_memory: number;
  readonly kernel_cpu: number;
}

const onLinux = process.platform === 'linux' ? false : 'only Linux tells of other processes';

test('usage counts what the kernel started, and what that started', { skip: onLinux }, async (context) => {
  const answer = answerUsage();
  const ask = () => answer({} as Request) as unknown as Usage;
  const alone = ask();
  assert.equal(alone.pid, process.pid);
  assert.ok(Math.abs(alone.kernel_memory / process.memoryUsage.rss() - 1) < 0.2, `${alone.kernel_memory}`);

  const inner = `const kept = Buffer.alloc(60e6, 1); console.log('up'); for (;;) kept[0] += 1;`;
  const outer = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { stdio: 'inherit' })`;
  const child = spawn(process.execPath, ['-e', outer], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  context.after(() => process.kill(-(child.pid as number), 'SIGKILL'));
  await once(child.stdout, 'data');
  ask();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const busy = ask();
  assert.ok(busy.kernel_memory - alone.kernel_memory > 100e6, `${busy.kernel_memory}`);
  assert.ok(busy.kernel_cpu > 20 && busy.kernel_cpu < 250, `${busy.kernel_cpu} %`);
});
