import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { magicTable } from '../../kernel/compiler/magic-table.ts';
import { TestKernel } from './client.ts';

const page = readFileSync(new URL('../../KERNEL.md', import.meta.url), 'utf8');
const cells = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, cell = '']) => cell);

describe('the page about the kernel', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start({ env: { FURROW_TYPES: 'strict' } });
  });
  after(() => kernel.stop());

  test('has cells', () => assert.ok(cells.length > 15));

  for (const cell of cells)
    test(`runs ${JSON.stringify(cell.split('\n')[0])}`, async () => {
      const turn = await kernel.turn(kernel.startCell(cell), 'shell', 60_000);
      assert.equal(turn.reply.status, 'ok', `${turn.reply.traceback}`);
      assert.equal(turn.text('stderr'), '');
    });

  test('names every magic', () => {
    for (const [name, { kinds }] of Object.entries(magicTable))
      for (const kind of kinds) assert.match(page, new RegExp(`${kind === 'cell' ? '%%' : '%'}${name}\\b`));
  });
});
