import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { decode } from 'fast-png';
import { InvalidUsage } from '../../kernel/errors.ts';
import { installKernelspec, listKernelspecs, removeKernelspec } from '../../kernel/install.ts';

describe('the kernelspec', () => {
  let prefix: string;
  beforeEach(() => {
    prefix = mkdtempSync(join(tmpdir(), 'furrow-prefix-'));
  });
  afterEach(() => rmSync(prefix, { recursive: true, force: true }));

  test('starts the built kernel with this Node and the prelude', async () => {
    const folder = await installKernelspec({ prefix });
    assert.equal(folder, join(prefix, 'share', 'jupyter', 'kernels', 'furrow'));
    const spec = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8'));
    const [node, main, file, flag, prelude] = spec.argv;
    assert.deepEqual([node, file, flag], [process.execPath, '{connection_file}', '--prelude']);
    assert.match(main, /\/dist\/kernel\/main\.js$/);
    assert.match(prelude, /\/dist\/kernel\/prelude\.js$/);
    assert.deepEqual([spec.language, spec.interrupt_mode], ['typescript', 'message']);
    assert.deepEqual(spec.metadata, { debugger: false });
  });

  test('has logos that are images', async () => {
    const folder = await installKernelspec({ prefix });
    for (const size of [32, 64]) {
      const image = decode(readFileSync(join(folder, `logo-${size}x${size}.png`)));
      assert.deepEqual([image.width, image.height, image.channels], [size, size, 4]);
      assert.ok(new Set(image.data).size > 3);
    }
    assert.match(readFileSync(join(folder, 'logo-svg.svg'), 'utf8'), /^<svg .*<\/svg>\n$/s);
  });

  test('replaces one of its name, leaves nothing beside it, and can be listed and removed', async () => {
    await installKernelspec({ prefix, displayName: 'Old' });
    const folder = await installKernelspec({ prefix, displayName: 'New', preludePath: false });
    assert.deepEqual(readdirSync(join(folder, '..')), ['furrow']);
    assert.deepEqual(await listKernelspecs({ prefix }), [{ name: 'furrow', folder, displayName: 'New' }]);
    assert.equal(await removeKernelspec('furrow', { prefix }), true);
    assert.equal(await removeKernelspec('furrow', { prefix }), false);
    assert.deepEqual(await listKernelspecs({ prefix }), []);
  });

  test('of another kernel is neither listed nor removed', async () => {
    const folder = await installKernelspec({ prefix, name: 'other' });
    writeFileSync(
      join(folder, 'kernel.json'),
      '{ "argv": ["python", "-m", "ipykernel"], "display_name": "Python" }',
    );
    assert.deepEqual(await listKernelspecs({ prefix }), []);
    assert.equal(await removeKernelspec('other', { prefix }), false);
  });

  test('needs one place and a name without folders', async () => {
    await assert.rejects(installKernelspec({}), InvalidUsage);
    await assert.rejects(installKernelspec({ prefix, user: true }), InvalidUsage);
    await assert.rejects(installKernelspec({ prefix, name: '../up' }), InvalidUsage);
  });
});
