import assert from 'node:assert/strict';
import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { plainOf, TestKernel } from '../../client.ts';

/** Whether a process is there and no corpse. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function waitUntil(condition: () => boolean, limit = 5000): Promise<void> {
  for (const end = Date.now() + limit; !condition(); ) {
    assert.ok(Date.now() < end, `waited ${limit} ms for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const windows = process.platform === 'win32';

/** What a cell printed so far. */
function printed(kernel: TestKernel, id: string): string {
  const streams = kernel.answers(id, 'iopub').filter(({ header }) => header.msg_type === 'stream');
  return streams.map(({ content }) => (content as { text: string }).text).join('');
}

describe('%%bash', { skip: windows ? 'there is no bash' : false }, () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
  });
  after(() => kernel.stop());

  test("runs in the notebook's folder, both streams, nothing to read", async () => {
    const turn = await kernel.run(
      '%%bash\npwd\necho "two  words" `echo x`\necho bad >&2\ncat\necho $((1 % 2))',
    );
    assert.equal(turn.reply.status, 'ok');
    assert.equal(turn.text(), `${realpathSync(kernel.folder)}\ntwo  words x\n1\n`);
    assert.equal(turn.text('stderr'), 'bad\n');
    assert.equal(turn.of('execute_result').length, 0);
  });

  test('prints while it runs', async () => {
    const slow = kernel.startCell('%%bash\necho begun\nsleep 60');
    await kernel.until(() => printed(kernel, slow).includes('begun'), 5000);
    await kernel.ask('interrupt_request', {}, 'control');
    assert.equal((await kernel.turn(slow)).reply.ename, 'Interrupted');
  });

  test('fails with its exit code, and the shell names lines of the cell', async () => {
    const turn = await kernel.run('%%bash\necho before\nno_such_command\nexit 7');
    assert.equal(turn.reply.ename, 'CommandFailed');
    assert.match(String(turn.reply.evalue), /%%bash ended with exit code 7/);
    assert.match((turn.reply.traceback as string[]).join('\n'), /^CommandFailed: .*\n +at cell \d+:1:1$/);
    assert.equal(turn.of('error').length, 1);
    assert.equal(turn.text(), 'before\n');
    assert.match(turn.text('stderr'), /line 3:.*no_such_command/);
  });

  test('an interrupt ends all that it started, also what ignores it', async () => {
    const file = join(kernel.folder, 'pids');
    const id = kernel.startCell(
      `%%bash\ntrap '' INT TERM\nsleep 61 &\necho $$ $! > pids\necho begun\nwait\nsleep 61`,
    );
    await kernel.until(() => printed(kernel, id).includes('begun'), 5000);
    const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    assert.ok(pids.every(runs));
    const started = performance.now();
    await kernel.ask('interrupt_request', {}, 'control');
    const { reply } = await kernel.turn(id);
    assert.equal(reply.ename, 'Interrupted');
    assert.ok(performance.now() - started < 2000);
    await waitUntil(() => !pids.some(runs));
    assert.equal(plainOf(await kernel.run('1 + 1')), '2');
  });

  test('endless output is held back, and interrupted', async () => {
    const id = kernel.startCell('%%bash\nyes');
    await kernel.until(() => kernel.answers(id, 'iopub').length > 4, 5000);
    await kernel.ask('interrupt_request', {}, 'control');
    assert.equal((await kernel.turn(id)).reply.ename, 'Interrupted');
  });

  test('what it leaves in the background keeps no cell waiting', async () => {
    const started = performance.now();
    const turn = await kernel.run('%%bash\nsleep 5 &\necho $! > left\necho on');
    process.kill(Number(readFileSync(join(kernel.folder, 'left'), 'utf8')));
    assert.equal(turn.text(), 'on\n');
    assert.ok(performance.now() - started < 4000);
  });

  test('line ends of Windows are none of the script', async () => {
    assert.equal((await kernel.run('%%bash\r\nif true; then\r\n  echo yes\r\nfi\r\n')).text(), 'yes\n');
  });

  test('%%sh is sh; a magic for cells takes no argument that it does not know', async () => {
    assert.equal((await kernel.run('%%sh\necho $0')).text(), 'sh\n');
    assert.equal((await kernel.run('%%sh -x\necho 1')).reply.ename, 'MagicMisused');
  });
});

test('a folder that is gone is told, and not a missing program', { skip: windows }, async (context) => {
  const kernel = await TestKernel.start();
  context.after(() => kernel.stop());
  await kernel.run('1');
  rmSync(kernel.folder, { recursive: true });
  const { reply } = await kernel.run('%%bash\necho 1');
  assert.equal(reply.ename, 'CommandFailed');
  assert.match(String(reply.evalue), /folder .* does not exist/);
});

for (const [how, end] of [
  ['is shut down', (kernel) => kernel.send('shutdown_request', { restart: false }, { channel: 'control' })],
  ['is killed', (kernel) => kernel.process.kill('SIGKILL')],
  ['lost its cell process', (_kernel, cells) => process.kill(cells, 'SIGKILL')],
] as [string, (kernel: TestKernel, cells: number) => unknown][])
  test(`a script ends when its kernel ${how}`, { skip: windows }, async (context) => {
    const kernel = await TestKernel.start();
    context.after(() => kernel.stop());
    const cells = Number(plainOf(await kernel.run('process.pid')));
    const id = kernel.startCell('%%bash\necho $$ > pid\necho begun\nsleep 62');
    await kernel.until(() => printed(kernel, id).includes('begun'), 5000);
    const pid = Number(readFileSync(join(kernel.folder, 'pid'), 'utf8'));
    assert.ok(runs(pid));
    end(kernel, cells);
    await waitUntil(() => !runs(pid));
  });
