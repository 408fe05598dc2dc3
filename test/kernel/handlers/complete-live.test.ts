import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestKernel } from '../client.ts';

interface Typed {
  readonly text: string;
  readonly type: string;
  readonly signature: string;
  readonly start: number;
  readonly end: number;
}

let kernel: TestKernel;
before(async () => {
  kernel = await TestKernel.start();
  await kernel.run(
    'class Maker { make(n: number): string { return String(n) } kept = 1 }\n' +
      'const maker: Maker = Object.assign(new Maker(), { beyondTypes: 1 });',
  );
  // Until the language service is there, live values alone are the answer.
  for (let n = 0; n < 30 && !(await complete('maker.')).types.some(({ signature }) => signature); n++);
});
after(() => kernel.stop());

async function complete(code: string): Promise<{ matches: string[]; types: Typed[] }> {
  const { reply } = await kernel.ask('complete_request', { code, cursor_pos: [...code].length });
  const metadata = reply.metadata as { _jupyter_types_experimental: Typed[] };
  return { matches: reply.matches as string[], types: metadata._jupyter_types_experimental };
}

describe('completion', () => {
  test('has type and signature of each match, over the same span', async () => {
    const { matches, types } = await complete("'😀'; maker.");
    assert.deepEqual(
      types.map(({ text }) => text),
      matches,
    );
    const [made] = types.filter(({ text }) => text === 'make');
    assert.deepEqual(made, {
      text: 'make',
      type: 'function',
      signature: '(n: number): string',
      start: 11,
      end: 11,
    });
    assert.equal(types.find(({ text }) => text === 'kept')?.type, 'property');
  });

  test('adds what a live value has beyond its type, but not what every object has', async () => {
    const { matches } = await complete('maker.');
    assert.deepEqual(matches.toSorted(), ['beyondTypes', 'kept', 'make']);
  });

  test('a cell that computes does not keep the types waiting', async () => {
    const cell = kernel.startCell(
      'console.log(1); const until = Date.now() + 1500; while (Date.now() < until);',
    );
    await kernel.until(() => kernel.answers(cell, 'iopub').length >= 3);
    assert.deepEqual((await complete('maker.')).matches, ['kept', 'make']);
    assert.equal(kernel.states(cell).includes('idle'), false);
    await kernel.turn(cell);
  });
});
