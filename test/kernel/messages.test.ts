import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { TestKernel } from './client.ts';

const requests = [
  'execute_request',
  'complete_request',
  'inspect_request',
  'is_complete_request',
  'history_request',
  'comm_info_request',
  'kernel_info_request',
  'interrupt_request',
  'usage_request',
  'debug_request',
  'create_subshell_request',
  'no_such_request',
];
const fields = [
  'code',
  'cursor_pos',
  'detail_level',
  'hist_access_type',
  'target_name',
  'n',
  'session',
  'pattern',
];
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('tail', 'range', 'search', '*', '', 'let x = ', '😀', 0, -1, 1e308, 2 ** 53),
);
const content = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...fields), value));

describe('messages that no front end would send', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
    await kernel.run('let kept = 42');
  });
  after(() => kernel.stop());

  test('get exactly one reply of the right type and one busy/idle pair each', async () => {
    const sample = fc.sample(fc.tuple(fc.constantFrom(...requests), content), { numRuns: 300, seed: 7 });
    for (const [type, body] of sample) {
      const id = kernel.send(type, body, { channel: 'control' });
      await kernel.turn(id, 'control');
      assert.deepEqual(
        kernel.answers(id, 'control').map(({ header }) => header.msg_type),
        [type.replace('_request', '_reply')],
      );
      assert.deepEqual(kernel.states(id), ['busy', 'idle'], type);
    }
    const last = await kernel.run('kept');
    assert.deepEqual(last.of('execute_result')[0]?.data, { 'text/plain': '42' });
  });

  test('have no effect as comm messages', async () => {
    for (const type of ['comm_open', 'comm_msg', 'comm_close', 'something_else'])
      for (const body of [{}, [], null, { comm_id: 5 }, { comm_id: 'x' }, { comm_id: 'x', target_name: 5 }]) {
        const id = kernel.send(type, body);
        await kernel.until(() => kernel.states(id).includes('idle'));
        assert.deepEqual(kernel.states(id), ['busy', 'idle']);
        assert.deepEqual(kernel.answers(id, 'shell'), []);
      }
    assert.deepEqual((await kernel.ask('comm_info_request', {})).reply.comms, {});
  });

  test('get nothing at all when they are unsigned, cut or replayed', async () => {
    const encode = () =>
      kernel.wire.encode({ identities: [], type: 'execute_request', parent: {}, content: { code: '1' } });
    const ids = [
      kernel.sendFrames(encode().with(1, '')),
      kernel.sendFrames(encode().with(1, '0'.repeat(64))),
      kernel.sendFrames(encode().slice(0, 4)),
    ];
    const once = encode();
    const good = kernel.sendFrames(once);
    await kernel.turn(good);
    kernel.sendFrames(once);
    await kernel.run('1');
    for (const id of ids)
      assert.deepEqual([...kernel.answers(id, 'shell'), ...kernel.answers(id, 'iopub')], []);
    assert.equal(kernel.answers(good, 'shell').length, 1);
  });
});
