import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { decode } from 'fast-png';
import { InstallFailed, InvalidUsage } from '../../kernel/errors.ts';
import { installKernelspec } from '../../kernel/install.ts';
import { kernelsFolder, searchedFolders } from '../../kernel/install-place.ts';
import { listKernelspecs, removeKernelspec } from '../../kernel/installed.ts';

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
    assert.deepEqual(spec.metadata, { debugger: true, supported_encryption: 'curve' });
  });

  test('gives large arrays large pages, unless the environment that is asked for says otherwise', {
    skip: process.platform !== 'linux',
  }, async () => {
    const envOf = async (environment?: Record<string, string>) => {
      const folder = await installKernelspec({ prefix, environment });
      return JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')).env;
    };
    assert.deepEqual(await envOf(), { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
    const own = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0', GREETING: 'hello' };
    assert.deepEqual(await envOf(own), own);
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
    const kernels = kernelsFolder({ prefix });
    assert.deepEqual(readdirSync(kernels), ['furrow']);
    const [installed, ...more] = await listKernelspecs(kernels);
    assert.ok(installed);
    assert.deepEqual([installed.name, installed.displayName, installed.folder], ['furrow', 'New', folder]);
    assert.deepEqual(more, []);
    await removeKernelspec(installed);
    assert.equal(existsSync(folder), false);
    assert.deepEqual(await listKernelspecs(kernels), []);
  });

  test('says which of its files are gone', async () => {
    const gone = join(prefix, 'gone', 'node');
    await installKernelspec({ prefix, nodePath: gone, mainPath: join(prefix, 'kernel', 'main.js') });
    const [installed] = await listKernelspecs(kernelsFolder({ prefix }));
    assert.deepEqual(installed?.missing.slice(0, 2), [gone, join(prefix, 'kernel', 'main.js')]);
  });

  test('of another kernel is neither listed nor replaced', async () => {
    const folder = await installKernelspec({ prefix, name: 'other' });
    const spec = '{ "argv": ["python", "-m", "ipykernel"], "display_name": "Python" }';
    writeFileSync(join(folder, 'kernel.json'), spec);
    assert.deepEqual(await listKernelspecs(kernelsFolder({ prefix })), []);
    await assert.rejects(installKernelspec({ prefix, name: 'other' }), InstallFailed);
    assert.equal(readFileSync(join(folder, 'kernel.json'), 'utf8'), spec);
  });

  test('is refused with the place and the reason where nothing can be written', async () => {
    writeFileSync(join(prefix, 'share'), 'a file where a folder should be');
    await assert.rejects(installKernelspec({ prefix }), (error) => {
      assert.ok(error instanceof InstallFailed);
      assert.match(error.message, /share\/jupyter\/kernels \(E[A-Z]+\)/);
      return true;
    });
  });

  test('is looked for where Jupyter looks', () => {
    const folders = searchedFolders({ JUPYTER_PATH: '/a:/b', HOME: '/home/me', VIRTUAL_ENV: '/venv' });
    const own = process.platform === 'darwin' ? '/home/me/Library/Jupyter' : '/home/me/.local/share/jupyter';
    const first = ['/a', '/b', own, '/venv/share/jupyter', '/usr/local/share/jupyter'];
    assert.deepEqual(
      folders.slice(0, 5),
      first.map((path) => join(path, 'kernels')),
    );
  });

  test('needs one place and a name without folders', async () => {
    await assert.rejects(installKernelspec({}), InvalidUsage);
    await assert.rejects(installKernelspec({ prefix, user: true }), InvalidUsage);
    await assert.rejects(installKernelspec({ prefix, name: '../up' }), InvalidUsage);
  });
});
