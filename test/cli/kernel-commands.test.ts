import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { packageRoot } from '../../src/config.ts';

const built = existsSync(join(packageRoot(), 'dist', 'labextension', 'package.json'));

describe('furrow kernel', { skip: !built && 'dist/ is not built: npm run build' }, () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'furrow-cli-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  /** Runs the command line as somebody whose home is empty, from that folder. */
  function furrow(args: string[], environment: NodeJS.ProcessEnv = {}) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(JUPYTER|XDG|VIRTUAL_ENV|CONDA|INIT_CWD)/.test(name),
    );
    const program = join(packageRoot(), 'cli', 'main.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'kernel', ...args], {
      cwd: home,
      encoding: 'utf8',
      timeout: 30_000,
      env: {
        ...Object.fromEntries(inherited),
        HOME: home,
        JUPYTER_DATA_DIR: join(home, 'own'),
        ...environment,
      },
    });
    return { status, stdout, stderr };
  }

  const specOf = (...place: string[]) =>
    JSON.parse(readFileSync(join(home, ...place, 'kernel.json'), 'utf8')) as {
      argv: string[];
      display_name: string;
      env: Record<string, string>;
    };

  test('installs for this user where no place is named, and says so and how to start', () => {
    const { status, stdout } = furrow(['install']);
    assert.equal(status, 0);
    assert.ok(stdout.includes(join(home, 'own', 'kernels', 'furrow')));
    assert.match(stdout, /For this user, as no place was named/);
    assert.match(stdout, /jupyter console --kernel furrow/);
    const { argv } = specOf('own', 'kernels', 'furrow');
    assert.match(argv.join(' '), /dist\/kernel\/main\.js \{connection_file\} --prelude .*prelude\.js$/);
    assert.ok(existsSync(join(home, 'own', 'labextensions', 'furrow', 'package.json')));
  });

  test('takes the environment that is active, and a relative prefix from where the user is', () => {
    furrow(['install', '--sys-prefix'], { VIRTUAL_ENV: join(home, 'venv') });
    furrow(['install', '--prefix', 'there'], { INIT_CWD: home });
    for (const prefix of ['venv', 'there'])
      assert.ok(existsSync(join(home, prefix, 'share', 'jupyter', 'kernels', 'furrow', 'kernel.json')));
  });

  test('installs a plain TypeScript kernel beside the one with the prelude', () => {
    furrow(['install']);
    furrow(['install', '--no-prelude', '--env', 'A=1=2', '--env', 'B=']);
    const plain = specOf('own', 'kernels', 'typescript');
    assert.deepEqual([plain.argv.length, plain.display_name], [3, 'TypeScript']);
    assert.partialDeepStrictEqual(plain.env, { A: '1=2', B: '' });
    assert.equal(specOf('own', 'kernels', 'furrow').argv.length, 5);
    const { stdout, status } = furrow(['list']);
    assert.deepEqual([stdout.match(/^\w+/gm), status], [['furrow', 'typescript'], 0]);
  });

  test('lists with a reason and exit code 1 what can no longer start', () => {
    furrow(['install', '--name', 'mine', '--display-name', 'My own']);
    const file = join(home, 'own', 'kernels', 'mine', 'kernel.json');
    const spec = specOf('own', 'kernels', 'mine');
    writeFileSync(file, JSON.stringify({ ...spec, argv: ['/gone/node', ...spec.argv.slice(1)] }));
    const { stdout, status } = furrow(['list']);
    assert.equal(status, 1);
    assert.match(stdout, /mine +My own .*\n +cannot start: \/gone\/node does not exist\n/);
    const [only] = JSON.parse(furrow(['list', '--json']).stdout);
    assert.deepEqual([only.name, only.missing], ['mine', ['/gone/node']]);
  });

  test('removes the one that is named, and asks for the place where two are', () => {
    furrow(['install']);
    furrow(['install', '--no-prelude']);
    furrow(['install', '--sys-prefix'], { VIRTUAL_ENV: join(home, 'venv') });
    const environment = { VIRTUAL_ENV: join(home, 'venv') };
    const both = furrow(['remove', 'furrow'], environment);
    assert.deepEqual([both.status, /name the place/.test(both.stderr)], [1, true]);
    assert.equal(furrow(['remove', 'furrow', '--user'], environment).status, 0);
    assert.ok(existsSync(join(home, 'own', 'kernels', 'typescript')));
    assert.ok(existsSync(join(home, 'venv', 'share', 'jupyter', 'kernels', 'furrow')));
    assert.ok(
      existsSync(join(home, 'own', 'labextensions', 'furrow')),
      'another kernel there may show widgets',
    );
    assert.equal(furrow(['remove', 'typescript']).status, 0);
    assert.equal(existsSync(join(home, 'own', 'labextensions', 'furrow')), false);
  });

  test('refuses in one sentence what it does not know', () => {
    for (const [args, sentence] of [
      [['install', '--everywhere'], /Unknown option '--everywhere'/],
      [['install', 'furrow'], /takes no names/],
      [['install', '--env', 'A'], /NAME=VALUE, not 'A'/],
      [['install', '--name', 'a b'], /'a b' is no name/],
      [['install', '--prefix', ''], /--prefix is empty/],
      [['install', '--sys-prefix'], /No Python environment is active/],
      [['remove'], /takes one name/],
      [['remove', 'nobody'], /no kernel of ours is named 'nobody'/],
      [['uninstal'], /no command 'kernel uninstal'/],
    ] as const) {
      const { status, stderr } = furrow([...args]);
      assert.equal(status, 1);
      assert.match(stderr, sentence);
      assert.equal(stderr.trimEnd().split('\n').length, 1);
    }
  });
});
