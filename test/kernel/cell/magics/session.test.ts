import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { plainOf, TestKernel } from '../../client.ts';

describe('magics of a session', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start({ env: { FURROW_TYPES: 'warn', MY_API_TOKEN: 'hidden-value' } });
  });
  after(() => kernel.stop());

  /** The MIME bundles that a cell showed. */
  async function shown(code: string): Promise<Record<string, unknown>[]> {
    const turn = await kernel.run(code);
    assert.equal(turn.reply.status, 'ok', JSON.stringify(turn.reply));
    return turn.of('display_data').map(({ data }) => data as Record<string, unknown>);
  }

  test('%env lists, gives and sets; secrets are not listed', async () => {
    assert.equal((await kernel.run('%env FURROW_A=b = c')).text(), 'env: FURROW_A=b = c\n');
    assert.equal(plainOf(await kernel.run('%env FURROW_A')), "'b = c'");
    assert.equal((await kernel.run('%env FURROW_B two words')).text(), 'env: FURROW_B=two words\n');
    assert.equal(plainOf(await kernel.run('process.env.FURROW_B')), "'two words'");
    assert.equal((await kernel.run('%%bash\necho $FURROW_A')).text(), 'b = c\n');
    const list = (await kernel.run('%env')).text();
    assert.match(list, /^FURROW_A=b = c$/m);
    assert.match(list, /^MY_API_TOKEN=<hidden>$/m);
    assert.equal((await kernel.run('%env FURROW_NONE')).reply.ename, 'MagicMisused');
    const typed = '%env FURROW_';
    const { reply } = await kernel.ask('complete_request', { code: typed, cursor_pos: typed.length });
    assert.ok((reply.matches as string[]).includes('FURROW_A'));
    assert.equal(reply.cursor_start, 5);
  });

  test('%who and %whos name what cells declared, and nothing of the kernel', async () => {
    assert.equal((await kernel.run('%who')).text(), 'No names are declared yet.\n');
    await kernel.run(
      'const who_a: number[] = [1, 2]; let b = "<b>"; class C {} function f() {} var v = 1; f2(); function f2() {}',
    );
    assert.equal((await kernel.run('%who')).text(), 'C   b   f   f2   v   who_a\n');
    assert.equal((await kernel.run('%who function class')).text(), 'C   f   f2\n');
    assert.match((await kernel.run('%who Map')).text(), /No names of the kind Map/);
    const [table] = await shown('%whos');
    assert.match(String(table?.['text/plain']), /^who_a\s+Array\s+\[ 1, 2 \]$/m);
    assert.match(String(table?.['text/html']), /&#60;b&#62;/);
    assert.match((await kernel.run('let unended = 1\n%who number')).text(), /unended/);
  });

  test('%who asks nothing of the values', async () => {
    await kernel.run(
      'let asked = 0; const trap = new Proxy({}, { get() { asked++; return 1 } }); const own = { get x() { asked++; return 1 } };',
    );
    await kernel.run('%whos');
    assert.equal(plainOf(await kernel.run('asked')), '0');
    await kernel.run('let own2 = 1');
  });

  test('cells of text are shown as what they are', async () => {
    assert.equal((await shown('%%html\n<b>`x` % \\n</b>'))[0]?.['text/html'], '<b>`x` % \\n</b>');
    assert.equal((await shown('%%markdown\n# A\n\n%who'))[0]?.['text/markdown'], '# A\n\n%who');
    assert.equal((await shown('\n%%latex\n$x^2$'))[0]?.['text/latex'], '$x^2$');
    assert.equal((await shown('%%svg\n<svg/>'))[0]?.['image/svg+xml'], '<svg/>');
    assert.equal((await kernel.run('%%html')).reply.ename, 'MagicMisused');
  });

  test('%%writefile writes what the next cell imports', async () => {
    const written = await kernel.run('%%writefile made.ts\nexport const made: number = 5;');
    assert.equal(written.text(), 'Wrote made.ts (31 bytes)\n');
    assert.equal(plainOf(await kernel.run("import { made } from './made.ts'; made")), '5');
    assert.match((await kernel.run('%%writefile -a made.ts\n// more')).text(), /^Appended made.ts/);
    assert.match((await kernel.run("%%writefile 'two words.txt'\n  a\n\n")).text(), /^Wrote two words.txt/);
    assert.equal(
      readFileSync(join(kernel.folder, 'made.ts'), 'utf8'),
      'export const made: number = 5;\n// more\n',
    );
    assert.equal(readFileSync(join(kernel.folder, 'two words.txt'), 'utf8'), '  a\n\n');
    const failed = await kernel.run('%%writefile no/where.txt\na');
    assert.match(String(failed.reply.evalue), /no\/where\.txt.*folder does not exist/);
    assert.equal((await kernel.run('%%writefile\na')).reply.ename, 'MagicMisused');
  });

  test('%lsmagic, %magic and %name? tell what there is', async () => {
    assert.match((await kernel.run('%lsmagic')).text(), /%npm .*\n\nCell magics:\n.*%%bash/);
    assert.match(String((await shown('%magic'))[0]?.['text/html']), /%%writefile/);
    const [page] = (await kernel.run('%timeit?')).reply.payload as { data: Record<string, string> }[];
    assert.match(page?.data['text/plain'] ?? '', /-n LOOPS/);
    const seen = await kernel.ask('inspect_request', { code: '%%bash\nls', cursor_pos: 4, detail_level: 0 });
    assert.equal(seen.reply.found, true);
  });

  test('%pwd is the folder of the notebook', async () => {
    assert.equal(plainOf(await kernel.run('%pwd')), `'${kernel.folder}'`);
  });

  test('an unknown magic is told with the nearest', async () => {
    const { reply } = await kernel.run('%timit 1');
    assert.match(String(reply.evalue), /no magic %timit.*%timeit/);
  });

  test('%types sets how the cell it is in is checked', async () => {
    const strict = await kernel.run('%types strict\nlet wrong: number = "x"; globalThis.ran = 1');
    assert.equal(strict.reply.ename, 'TypesRefused');
    assert.equal(strict.text(), 'types: strict\n');
    assert.equal((await kernel.run('%types')).text(), 'types: strict\n');
    const fine = await kernel.run('%timeit -n 1 -r 1 [1].map((x) => x + 1)\n%who Nothing');
    assert.equal(fine.reply.status, 'ok', JSON.stringify(fine.reply));
    const inMagic = await kernel.run('%timeit -n 1 -r 1 (5).missing');
    assert.equal(inMagic.reply.ename, 'TypesRefused');
    assert.match(
      (inMagic.reply.traceback as string[]).join('\n'),
      /1 \| %timeit -n 1 -r 1 \(5\)\.missing\n +\| {23}\^{7}/,
    );
    assert.match((await kernel.run('%types off')).text(), /off/);
    assert.equal((await kernel.run('let wrong: number = "x"')).reply.status, 'ok');
    assert.equal((await kernel.run('%types sometimes')).reply.ename, 'MagicMisused');
  });

  test('%reset forgets names and types, alone in its cell', async () => {
    await kernel.run('const forgotten = { secretMember: 1 }; process.env.FURROW_KEPT = "1"');
    const refused = await kernel.run('%reset\nforgotten');
    assert.equal(refused.reply.ename, 'MagicMisused');
    assert.equal((await kernel.run('%reset -x')).reply.ename, 'MagicMisused');
    assert.equal(plainOf(await kernel.run('typeof forgotten')), "'object'");
    const reset = await kernel.run('// away with it\n%reset -f');
    assert.equal(reset.reply.status, 'ok', JSON.stringify(reset.reply));
    assert.match(reset.text(), /names are gone/);
    assert.equal(reset.text('stderr'), '');
    assert.equal(
      plainOf(await kernel.run('[typeof forgotten, process.env.FURROW_KEPT]')),
      "[ 'undefined', undefined ]",
    );
    const code = 'forgotten.';
    const { reply } = await kernel.ask('complete_request', { code, cursor_pos: code.length });
    assert.ok(!(reply.matches as string[]).includes('secretMember'));
    assert.equal((await kernel.run('%who')).text(), 'No names are declared yet.\n');
  });
});

test('%who has the names of a cell that came before the process was ready', async (context) => {
  const kernel = await TestKernel.start();
  context.after(() => kernel.stop());
  const first = kernel.startCell('f2(); function f2() {} globalThis.made = 1; const c = 1');
  await kernel.turn(first);
  assert.equal((await kernel.run('%who')).text(), 'c   f2   made\n');
});
