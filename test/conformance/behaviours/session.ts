import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { plainOf, type TestKernel } from '../../kernel/client.ts';
import { TestDebugger } from '../../kernel/debug/debug-client.ts';
import { startBuiltKernel } from '../../support/built-kernel.ts';
import { processTree } from '../../support/process-memory.ts';

const wrong = "const wrong: number = 'text'; wrong";
const work = 'function work(a: number) {\n  const b = a + 1;\n  return b;\n}\nwork(1)';

/** Cells sent right after an error are aborted with the queue. */
const afterError = 170;

describe('what cuts across', () => {
  let kernel: TestKernel;
  let debug: TestDebugger;
  before(async () => {
    kernel = await startBuiltKernel({ FURROW_TYPES: 'off' });
    debug = new TestDebugger(kernel);
  });
  after(() => kernel.stop());

  async function subshell(): Promise<string> {
    const { reply } = await kernel.ask('create_subshell_request', {}, 'control');
    return reply.subshell_id as string;
  }

  async function recovered(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, afterError));
    assert.equal(plainOf(await kernel.run('1 + 1')), '2');
  }

  test('types that are off are not told, and no checker is started', async () => {
    assert.equal(plainOf(await kernel.run(wrong)), "'text'");
    // Longer than the pause after which `warn` starts the checker.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal((await kernel.run('undefined')).text('stderr'), '');
    const pid = kernel.process.pid as number;
    assert.equal((await processTree(pid)).length, 2, 'the kernel and its cell process');
  });

  test('%types strict refuses from the next cell on, in subshells too, and %types off ends that', async () => {
    const id = await subshell();
    await kernel.run('%types strict');
    for (const options of [{}, { subshell_id: id }]) {
      assert.equal((await kernel.run("let n: number = 'a'", options)).reply.ename, 'TypesRefused');
      await new Promise((resolve) => setTimeout(resolve, afterError));
    }
    await kernel.run('%types off');
    assert.equal((await kernel.run("let n: number = 'a'")).reply.status, 'ok');
  });

  test('%reset while a debugger has stopped a cell of another shell ends that cell', async () => {
    const id = await subshell();
    await debug.attach();
    await debug.breakIn(work, { line: 3 });
    const stopped = kernel.startCell(work);
    await debug.stop();
    assert.equal((await kernel.run('%reset', { subshell_id: id })).reply.status, 'ok');
    assert.equal((await kernel.turn(stopped)).reply.ename, 'CellProcessDied');
    await recovered();
    const again = kernel.startCell(work);
    await debug.stop(2);
    await debug.request('continue', { threadId: 1 });
    assert.equal(plainOf(await kernel.turn(again)), '2');
    await debug.request('disconnect', {});
  });

  test('an interrupt of %%bash and of a question in another shell ends both, in order', async () => {
    const id = await subshell();
    const script = kernel.startCell("%%bash\ntrap '' INT\necho begun\nsleep 60 | cat");
    const question = kernel.startCell("await input('name?')", { subshell_id: id, allow_stdin: true });
    await kernel.until(() => kernel.answers(question, 'stdin').length === 1);
    await kernel.until(() =>
      kernel.answers(script, 'iopub').some(({ header }) => header.msg_type === 'stream'),
    );
    await kernel.ask('interrupt_request', {}, 'control');
    for (const cell of [script, question])
      assert.equal((await kernel.turn(cell, 'shell', 5000)).reply.ename, 'Interrupted');
    await recovered();
  });

  test('a prompt that blocks is answered while another shell waits for input', async () => {
    const id = await subshell();
    const waiting = kernel.startCell("await input('first?')", { subshell_id: id, allow_stdin: true });
    await kernel.until(() => kernel.answers(waiting, 'stdin').length === 1);
    const blocking = kernel.startCell("prompt('second?')", { allow_stdin: true });
    await kernel.until(() => kernel.answers(blocking, 'stdin').length === 1);
    for (const cell of [blocking, waiting]) {
      const [asked] = kernel.answers(cell, 'stdin');
      assert.ok(asked);
      const value = `to ${(asked.content as { prompt: string }).prompt}`;
      kernel.send('input_reply', { value }, { channel: 'stdin', parent: asked.header });
      assert.equal(plainOf(await kernel.turn(cell)), `'${value}'`);
    }
  });

  test('a comm message is handled while a shell awaits and another one runs a script', async () => {
    const id = await subshell();
    await kernel.run(
      "comms.registerTarget('echo', (comm) => comm.onMsg(({ content }) => comm.send(content.data)))",
    );
    kernel.send('comm_open', { comm_id: 'e', target_name: 'echo', data: {} });
    const cells = [
      kernel.startCell('await new Promise((resolve) => setTimeout(resolve, 600))'),
      kernel.startCell('%%bash\nsleep 0.6', { subshell_id: id }),
    ];
    await kernel.until(() => cells.every((cell) => kernel.states(cell).includes('busy')));
    kernel.send('comm_msg', { comm_id: 'e', data: { n: 7 } });
    await kernel.until(() => kernel.published('comm_msg').length === 1);
    for (const cell of cells) assert.ok(!kernel.states(cell).includes('idle'), 'it was handled too late');
    for (const cell of cells) assert.equal((await kernel.turn(cell)).reply.status, 'ok');
    assert.deepEqual(kernel.published('comm_msg')[0]?.content, { comm_id: 'e', data: { n: 7 } });
  });

  test('an unknown magic runs nothing of its cell', async () => {
    const { reply, text } = await kernel.run("console.log('ran');\n%tiemit 1");
    assert.equal(reply.status, 'error');
    assert.match(String(reply.evalue), /%timeit/);
    assert.equal(text(), '');
  });
});
