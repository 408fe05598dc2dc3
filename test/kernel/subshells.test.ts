import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mostSubshells, Subshells } from '../../kernel/subshells.ts';
import { TestKernel } from './client.ts';

const wait = 'await new Promise(r => setTimeout(r, 400));';

/** `text/plain` of the result of a turn. */
function plain(turn: { of(type: string): Record<string, unknown>[] }): unknown {
  const [result] = turn.of('execute_result');
  return (result?.data as Record<string, unknown> | undefined)?.['text/plain'];
}

test('there is an end to subshells', () => {
  const subshells = new Subshells<object>();
  for (let count = 0; count < mostSubshells; count += 1) subshells.create();
  assert.throws(() => subshells.create(), { code: 'InvalidRequest' });
});

describe('subshells', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
  });
  after(() => kernel.stop());

  const create = async () => {
    const { reply } = await kernel.ask('create_subshell_request', {}, 'control');
    assert.equal(reply.status, 'ok');
    return reply.subshell_id as string;
  };
  const list = async () => (await kernel.ask('list_subshell_request', {}, 'control')).reply.subshell_id;
  const remove = (subshell_id: string) => kernel.ask('delete_subshell_request', { subshell_id }, 'control');

  test('are announced, made, listed and deleted', async () => {
    const { reply } = await kernel.ask('kernel_info_request', {});
    assert.ok((reply.supported_features as string[]).includes('kernel subshells'));
    const made = [await create(), await create()];
    assert.deepEqual(await list(), made);
    for (const id of made) assert.equal((await remove(id)).reply.status, 'ok');
    assert.deepEqual(await list(), []);
    assert.equal((await remove(made[0] ?? '')).reply.ename, 'SubshellUnknown');
  });

  test('run their cells beside those of others, each under its own header', async () => {
    const subshell_id = await create();
    const slow = kernel.startCell(`for (let i = 0; i < 4; i += 1) { console.log('slow'); ${wait} }`);
    await kernel.until(() =>
      kernel.answers(slow, 'iopub').some(({ header }) => header.msg_type === 'stream'),
    );
    const beside = await kernel.run(`console.log('beside'); ${wait} console.log('beside'); 6 * 7`, {
      subshell_id,
    });
    assert.equal(plain(beside), '42');
    assert.equal(beside.text(), 'beside\nbeside\n');
    assert.deepEqual(kernel.states(slow), ['busy'], 'it runs still');
    const turn = await kernel.turn(slow);
    assert.equal(turn.text(), 'slow\n'.repeat(4));
    assert.equal(Number(beside.reply.execution_count), Number(turn.reply.execution_count) + 1);
    const { reply } = await kernel.ask('history_request', { hist_access_type: 'tail', n: 2 });
    assert.equal((reply.history as unknown[]).length, 2, 'one history');
    await remove(subshell_id);
  });

  test('keep the order of their own cells, and abort only these after an error', async () => {
    const [first, second] = [await create(), await create()];
    const failing = kernel.startCell(`${wait} throw new RangeError('here')`, { subshell_id: first });
    const aborted = kernel.startCell('1', { subshell_id: first });
    const running = kernel.startCell(`${wait} ${wait} 1`, { subshell_id: second });
    const waiting = kernel.startCell('2', { subshell_id: second });
    const main = kernel.startCell('3');
    assert.equal((await kernel.turn(main)).reply.status, 'ok');
    assert.equal((await kernel.turn(failing)).reply.ename, 'RangeError');
    assert.equal((await kernel.turn(aborted)).reply.status, 'aborted');
    assert.equal((await kernel.turn(running)).reply.status, 'ok');
    assert.equal((await kernel.turn(waiting)).reply.status, 'ok');
    for (const id of [first, second]) await remove(id);
  });

  test('an interrupt ends the open cells of all shells, and names stay', async () => {
    const subshell_id = await create();
    await kernel.run('const kept = 5');
    const cells = [
      kernel.startCell('await new Promise(() => {})'),
      kernel.startCell('while (true) await new Promise(setImmediate)', { subshell_id }),
    ];
    await kernel.until(() => cells.every((id) => kernel.states(id).includes('busy')));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await kernel.ask('interrupt_request', {}, 'control');
    for (const id of cells) assert.equal((await kernel.turn(id)).reply.ename, 'Interrupted');
    assert.equal(plain(await kernel.run('kept', { subshell_id })), '5');
    await remove(subshell_id);
  });

  test('a cell that blocks is ended by the interrupt with one that waits beside it', async () => {
    const subshell_id = await create();
    const waiting = kernel.startCell('await new Promise(() => {})', { subshell_id });
    await kernel.until(() => kernel.states(waiting).includes('busy'));
    const spinning = kernel.startCell("console.log('on'); while (true) {}");
    await kernel.until(() =>
      kernel.answers(spinning, 'iopub').some(({ header }) => header.msg_type === 'stream'),
    );
    await kernel.ask('interrupt_request', {}, 'control');
    for (const id of [waiting, spinning]) assert.equal((await kernel.turn(id)).reply.ename, 'Interrupted');
    assert.equal((await kernel.run('1', { subshell_id })).reply.status, 'ok');
    await remove(subshell_id);
  });

  test('each open cell is told when the cell process dies', async () => {
    const subshell_id = await create();
    const cells = [
      kernel.startCell('await new Promise(() => {})'),
      kernel.startCell(`${wait} process.exit(3)`, { subshell_id }),
    ];
    for (const id of cells) assert.equal((await kernel.turn(id)).reply.ename, 'CellProcessDied');
    assert.equal(plain(await kernel.run('8', { subshell_id })), '8');
    await remove(subshell_id);
  });

  test('cells of two shells ask for input at once, and get their own answers', async () => {
    const subshell_id = await create();
    const ask = (name: string, options = {}) =>
      kernel.startCell(`await input('${name}')`, { allow_stdin: true, ...options });
    const cells = [ask('main'), ask('sub', { subshell_id })];
    const questions = () => cells.flatMap((id) => kernel.answers(id, 'stdin'));
    await kernel.until(() => questions().length === 2);
    for (const { header, content } of questions().reverse())
      kernel.send(
        'input_reply',
        { value: `to ${(content as { prompt: string }).prompt}` },
        { channel: 'stdin', parent: header },
      );
    assert.equal(plain(await kernel.turn(cells[0] ?? '')), "'to main'");
    assert.equal(plain(await kernel.turn(cells[1] ?? '')), "'to sub'");
    await remove(subshell_id);
  });

  test('a subshell that is not there is one typed error', async () => {
    for (const subshell_id of ['none', '', 7, {}, false]) {
      const id = kernel.startCell('1', { subshell_id });
      const { reply } = await kernel.turn(id);
      assert.equal(reply.ename, typeof subshell_id === 'string' ? 'SubshellUnknown' : 'InvalidRequest');
      assert.deepEqual(kernel.states(id), ['busy', 'idle']);
    }
    assert.equal((await kernel.run('1', { subshell_id: null })).reply.status, 'ok', 'the main shell');
  });

  test('deleting one aborts what waits in it and lets its cell end', async () => {
    const subshell_id = await create();
    const running = kernel.startCell(`${wait} 9`, { subshell_id });
    const waiting = kernel.startCell('10', { subshell_id });
    await kernel.until(() => kernel.states(running).includes('busy'));
    await remove(subshell_id);
    assert.equal((await kernel.turn(waiting)).reply.status, 'aborted');
    assert.equal(plain(await kernel.turn(running)), '9');
    assert.equal((await kernel.run('11', { subshell_id })).reply.ename, 'SubshellUnknown');
  });

  test('a comm message has no status while a cell of any shell runs, and is handled at once', async () => {
    const subshell_id = await create();
    await kernel.run(
      "comms.registerTarget('echo', (comm) => comm.onMsg((message) => comm.send(message.content.data)))",
    );
    const open = kernel.send('comm_open', { comm_id: 'c', target_name: 'echo', data: {} });
    await kernel.until(() => kernel.states(open).includes('idle'));
    const cell = kernel.startCell(`${wait} 1`);
    await kernel.until(() => kernel.states(cell).includes('busy'));
    const send = (id: unknown, n: number) =>
      kernel.send('comm_msg', { comm_id: 'c', data: { n } }, { header: { subshell_id: id } });
    const messages = [send(subshell_id, 1), send('deleted long ago', 2), send(null, 3)];
    await kernel.until(() => kernel.published('comm_msg').length === 3);
    assert.deepEqual(kernel.states(cell), ['busy']);
    assert.deepEqual(
      messages.map((id) => kernel.states(id)),
      [[], [], []],
    );
    const [first] = kernel.published('comm_msg');
    assert.equal(first?.parent.msg_id, messages[0], 'under its own header');
    await kernel.turn(cell);
    await kernel.until(() => messages.every((id) => kernel.states(id).includes('idle')));
    assert.deepEqual(
      messages.map((id) => kernel.states(id)),
      Array(3).fill(['busy', 'idle']),
    );
    assert.deepEqual(first?.content, { comm_id: 'c', data: { n: 1 } });
    await remove(subshell_id);
  });
});
