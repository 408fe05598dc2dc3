import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestKernel } from './client.ts';

describe('while the cell process is blocked', () => {
  let kernel: TestKernel;
  let cell: string;
  before(async () => {
    kernel = await TestKernel.start();
    cell = kernel.startCell("console.log('on'); while (true) {}");
    await kernel.until(() => kernel.published('stream').length > 0);
  });
  after(() => kernel.stop());

  const requests: [string, object][] = [
    ['kernel_info_request', {}],
    ['comm_info_request', {}],
    ['usage_request', {}],
    ['create_subshell_request', {}],
    ['list_subshell_request', {}],
    ['debug_request', { type: 'request', seq: 1, command: 'debugInfo', arguments: {} }],
    ['is_complete_request', { code: '1 +' }],
    ['complete_request', { code: 'proc', cursor_pos: 4 }],
    ['inspect_request', { code: 'process', cursor_pos: 3, detail_level: 0 }],
    ['no_such_request', {}],
  ];
  for (const [type, content] of requests)
    test(`the control channel answers ${type}`, async () => {
      const { reply } = await kernel.ask(type, content, 'control');
      assert.ok(reply !== undefined);
      assert.deepEqual(kernel.states(cell), ['busy'], 'it runs still');
    });

  test('an interrupt is answered, and ends the cell', async () => {
    assert.equal((await kernel.ask('interrupt_request', {}, 'control')).reply.status, 'ok');
    assert.equal((await kernel.turn(cell)).reply.ename, 'Interrupted');
  });

  test('a shutdown is answered, and ends the kernel', async () => {
    kernel.startCell("console.log('on'); while (true) {}");
    await kernel.until(() => kernel.published('stream').length > 1);
    const ended = new Promise((resolve) => kernel.process.once('exit', resolve));
    const { reply } = await kernel.ask('shutdown_request', { restart: true }, 'control');
    assert.deepEqual(reply, { status: 'ok', restart: true });
    assert.equal(await ended, 0);
  });
});
