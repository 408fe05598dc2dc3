import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { TestDebugger } from './debug-client.ts';

let debug: TestDebugger;

describe('a stop that takes many megabytes to describe', () => {
  beforeEach(async () => {
    debug = await TestDebugger.start();
    await debug.attach();
    await debug.request('setExceptionBreakpoints', { filters: ['uncaught'] });
  });
  afterEach(() => debug.stopKernel());

  test('deep in a recursion has its innermost frames', async () => {
    debug.kernel.startCell(`function deeper(n: number): number {
  if (n === 6000) debugger;
  for (let a = n; ; )
    for (let b = a; ; )
      for (let c = b; ; ) return c < 6000 ? deeper(c + 1) + 1 : 0;
}
deeper(0)`);
    const frames = await debug.stop();
    assert.ok(frames.length > 100, `${frames.length} frames`);
    assert.deepEqual([frames[0].name, frames[0].line], ['deeper', 2]);
    await debug.request('continue');
  });

  test('at an error with a long message has the beginning of it', async () => {
    debug.kernel.startCell("throw new Error('x'.repeat(9_000_000))");
    await debug.stop();
    const [stop] = debug.events('stopped');
    assert.equal(stop.reason, 'exception');
    assert.match(stop.text, /^Error: x{1000}/);
    await debug.request('continue');
  });
});
