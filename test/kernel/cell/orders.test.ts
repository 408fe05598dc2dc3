import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FrameReader } from '../../../kernel/cell/frames.ts';
import { orderFrame, orderOf } from '../../../kernel/cell/orders.ts';
import type { Order } from '../../../kernel/cell/protocol.ts';
import { plainOf, TestKernel } from '../client.ts';

describe('orders', () => {
  const orders: Order[] = [
    { type: 'execute', request: 1, code: "'\ud800 \u{1f33e} \u2028'", cell: 1, expressions: { a: '1' } },
    {
      type: 'comm',
      request: 2,
      kind: 'msg',
      commId: 'c',
      target: 't',
      data: { buffers: ['a name of the user'], ['__proto__']: 1 },
      metadata: {},
      buffers: [Buffer.from([0, 255]), Buffer.alloc(0)],
    },
    { type: 'members', ask: 3, path: ['a', 'b'], prefix: '' },
  ];

  test('arrive as they were sent, however the pipe cuts them', () => {
    const bytes = Buffer.concat(orders.map(orderFrame));
    for (const step of [1, 7, bytes.length]) {
      const reader = new FrameReader();
      const found: unknown[] = [];
      for (let at = 0; at < bytes.length; at += step)
        found.push(...reader.push(bytes.subarray(at, at + step)).map(orderOf));
      assert.deepEqual(found, orders);
    }
  });

  describe('of a kernel', () => {
    let kernel: TestKernel;
    before(async () => {
      kernel = await TestKernel.start();
    });
    after(() => kernel.stop());

    test('are out of reach of what cells do to their process', async () => {
      await kernel.run(
        "process.removeAllListeners('message'); process.disconnect?.(); process.send = undefined;",
      );
      assert.equal(plainOf(await kernel.run('1 + 1')), '2');
    });

    test('that cannot arrive end the cell process, not the kernel', async () => {
      await kernel.run("require('fs').closeSync(3)");
      const { reply } = await kernel.run('1 + 1');
      assert.ok(reply.status === 'ok' || reply.ename === 'CellProcessDied', String(reply.ename));
      assert.equal(plainOf(await kernel.run('2 + 2')), '4');
    });
  });
});
