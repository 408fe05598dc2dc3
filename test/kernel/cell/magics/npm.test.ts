import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { plainOf, TestKernel } from '../../client.ts';

const hasNpm = spawnSync('npm', ['--version']).status === 0;

/** A package in a folder below the notebook's, with types. */
function makePackage(folder: string, name: string, version = '1.0.0', scripts = {}): void {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const exported = { '.': { types: './index.d.ts', default: './index.js' } };
  const description = { name, version, type: 'module', exports: exported, scripts };
  writeFileSync(join(home, 'package.json'), JSON.stringify(description));
  writeFileSync(join(home, 'index.js'), 'export const tiny = { grow: (n) => n * 2 };\n');
  writeFileSync(join(home, 'index.d.ts'), 'export declare const tiny: { grow(n: number): number };\n');
}

/** What a cell printed so far. */
function printed(kernel: TestKernel, id: string): string {
  const streams = kernel.answers(id, 'iopub').filter(({ header }) => header.msg_type === 'stream');
  return streams.map(({ content }) => (content as { text: string }).text).join('');
}

describe('%npm', { skip: hasNpm ? false : 'there is no npm on this machine' }, () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
    makePackage(kernel.folder, 'tiny-package');
  });
  after(() => kernel.stop());

  test('installs what the next cell imports and completes, also after it was missed', async () => {
    const missed = await kernel.run("import { tiny } from 'tiny-package'");
    assert.equal(missed.reply.ename, 'ModuleMissing');
    const typed = "import { tiny as t } from 'tiny-package'; t.";
    const unknown = await kernel.ask('complete_request', { code: typed, cursor_pos: typed.length });
    assert.ok(!(unknown.reply.matches as string[]).includes('grow'));

    const installed = await kernel.run('%npm install ./tiny-package');
    assert.equal(installed.reply.status, 'ok', JSON.stringify(installed.reply));
    assert.match(installed.text(), /added 1 package/);
    assert.doesNotMatch(installed.text(), new RegExp(String.fromCharCode(27)));
    assert.ok(existsSync(join(kernel.folder, 'node_modules', 'tiny-package')));

    // Before the import runs, types alone know the members.
    const known = await kernel.ask('complete_request', { code: typed, cursor_pos: typed.length });
    assert.ok((known.reply.matches as string[]).includes('grow'));
    const turn = await kernel.run("import { tiny } from 'tiny-package';\ntiny.grow(21)");
    assert.equal(plainOf(turn), '42');
  });

  test('takes words with quotes, and no shell', async () => {
    const turn = await kernel.run(`%npm pkg set description="two words; $(touch made)" 'keywords[0]=a b'`);
    assert.equal(turn.reply.status, 'ok', turn.text('stderr'));
    const { text } = await kernel.run('%npm pkg get description keywords');
    assert.match(text(), /two words; \$\(touch made\)/);
    assert.match(text(), /a b/);
    assert.ok(!existsSync(join(kernel.folder, 'made')));
    const open = await kernel.run('%npm install "a');
    assert.equal(open.reply.ename, 'MagicMisused');
    assert.match(String(open.reply.evalue), /quote.*left open/);
  });

  test('fails with the exit code of npm', async () => {
    const { reply } = await kernel.run('%npm no-such-command');
    assert.equal(reply.ename, 'CommandFailed');
    assert.match(String(reply.evalue), /npm no-such-command ended with exit code 1/);
  });

  test('removes the colours of what npm runs', async () => {
    makePackage(kernel.folder, 'bright', '1.0.0', { show: "printf '\\033[31mred\\033[0m\\n'" });
    const { text } = await kernel.run('%npm --prefix bright run --silent show');
    assert.equal(text(), 'red\n');
  });

  test('is interrupted, with what it runs', async () => {
    makePackage(kernel.folder, 'slow', '1.0.0', { wait: 'echo begun; sleep 60; touch late' });
    const id = kernel.startCell('%npm --prefix slow run wait');
    await kernel.until(() => printed(kernel, id).includes('begun'));
    const started = performance.now();
    await kernel.ask('interrupt_request', {}, 'control');
    const { reply } = await kernel.turn(id);
    assert.equal(reply.ename, 'Interrupted');
    assert.ok(performance.now() - started < 5000);
    assert.equal(plainOf(await kernel.run('1 + 1')), '2');
  });
});

test('%npm without npm says what to do', async (context) => {
  const kernel = await TestKernel.start({ env: { PATH: '/nowhere' } });
  context.after(() => kernel.stop());
  const { reply } = await kernel.run('%npm install x');
  assert.equal(reply.ename, 'ProgramMissing');
  assert.match(String(reply.evalue), /npm was not found.*Node\.js/);
});
