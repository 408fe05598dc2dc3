import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InspectorOrder } from '../../../kernel/cell/protocol.ts';
import { Debuggee } from '../../../kernel/debug/debuggee.ts';

/** A debuggee and what it sends; `answers`: the inspector answers each request with an empty object. */
function open({ answers = true } = {}) {
  const sent: string[] = [];
  const events: string[] = [];
  const send = (order: InspectorOrder): void => {
    sent.push(order.type === 'inspector' ? order.method : order.type);
    if (answers && order.type === 'inspector')
      queueMicrotask(() => debuggee.receive({ id: order.id, result: {} }));
  };
  const debuggee: Debuggee = new Debuggee({
    start: () => undefined,
    send,
    publish: (event) => void events.push(event),
  });
  const stop = () => {
    debuggee.receive({ method: 'Debugger.scriptParsed', params: { scriptId: '1', url: 'cell-1.ts' } });
    const frame = { callFrameId: 'f', location: { scriptId: '1', lineNumber: 0 }, scopeChain: [] };
    const params = { reason: 'other', hitBreakpoints: ['b'], callFrames: [frame] };
    debuggee.receive({ method: 'Debugger.paused', params });
  };
  return { debuggee, sent, events, stop };
}

describe('a debuggee', () => {
  test('that is detached while it is stopped is asked nothing after its session was given up', async () => {
    const { debuggee, sent, events, stop } = open();
    await debuggee.attach();
    stop();
    debuggee.detach();
    assert.equal(sent.at(-1), 'inspector-close');
    assert.deepEqual(events, ['stopped', 'continued']);
  });

  test('does not stop for a pause that was on its way when it was detached', async () => {
    const { debuggee, sent, events, stop } = open();
    await debuggee.attach();
    debuggee.detach();
    const before = sent.length;
    stop();
    assert.deepEqual([debuggee.stopped, events, sent.length], [false, [], before]);
  });

  test('whose process dies while it is stopped is not started by being forgotten', async () => {
    const { debuggee, sent, stop } = open();
    await debuggee.attach();
    stop();
    const reference = debuggee.variables.refer({ kind: 'globals' });
    const before = sent.length;
    debuggee.gone();
    assert.equal(sent.length, before);
    assert.throws(() => debuggee.variables.holder(reference), /no variable/);
  });

  test('whose process is replaced while a debugger attaches is attached to the new one', async () => {
    const silent = open({ answers: false });
    const attaching = silent.debuggee.attach();
    silent.debuggee.gone();
    silent.debuggee.started();
    const requests = silent.sent.length;
    for (let id = 1; id <= requests; id++) silent.debuggee.receive({ id, result: {} });
    await attaching;
    silent.stop();
    assert.ok(silent.events.includes('stopped'));
  });
});
