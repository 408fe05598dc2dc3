import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packageRoot } from '../../src/config.ts';
import { descendants, stillRunning } from '../../start/process-tree.ts';
import { findPython } from '../../start/python.ts';

const root = packageRoot();
const python = await findPython().catch(() => undefined);
const skip = python === undefined ? 'no Python 3.11 or later with venv' : false;

let data = '';
before(async () => {
  data = await mkdtemp(join(tmpdir(), 'furrow data '));
});
after(() => rm(data, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<unknown[]>;
}

function launch(...args: readonly string[]): Started {
  const child = spawn(process.execPath, ['start.mjs', 'start/main.ts', '--no-browser', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return { child, out: () => out, err: () => err, ended: once(child, 'close') };
}

async function untilReady({ child, out, err }: Started): Promise<string> {
  for (let waited = 0; waited < 280_000; waited += 100) {
    const address = /^Furrow is ready at (\S+)\n$/.exec(out())?.[1];
    if (address !== undefined) return address;
    assert.equal(child.exitCode, null, err());
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new assert.AssertionError({ message: `not ready: ${err()}` });
}

test('one line tells the address, the address answers, and SIGTERM stops all that was started', {
  skip,
  timeout: 300_000,
}, async () => {
  const started = launch('--port', '0', '--data', data);
  const { child } = started;
  try {
    const address = await untilReady(started);
    assert.match(
      address,
      /^http:\/\/127\.0\.0\.1:\d+\/lab\/tree\/notebooks\/01-first-season\.ipynb\?token=[0-9a-f]{48}$/,
    );
    assert.equal((await fetch(address)).status, 200);
    assert.equal(
      (await fetch(address.replace(/token=.*/, 'token=wrong'), { redirect: 'manual' })).status,
      302,
    );

    const { origin, searchParams } = new URL(address);
    const headers = { authorization: `token ${searchParams.get('token')}` };
    const specs = await (await fetch(`${origin}/api/kernelspecs`, { headers })).json();
    assert.ok(Object.keys((specs as { kernelspecs: object }).kernelspecs).includes('furrow'));
    const kernel = await fetch(`${origin}/api/kernels`, {
      method: 'POST',
      headers,
      body: '{"name":"furrow"}',
    });
    assert.equal(kernel.status, 201);
    assert.ok(existsSync(join(data, 'demo', 'collection.json')));

    assert.ok(child.pid !== undefined);
    const below = await descendants(child.pid);
    // The store, JupyterLab and the kernel at least.
    assert.ok(below.length >= 3, JSON.stringify(below));
    child.kill('SIGTERM');
    const [code] = await started.ended;
    assert.equal(code, 0, started.err());
    assert.deepEqual(await stillRunning(below), []);
    assert.equal(started.out().trimEnd().split('\n').length, 1);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a signal during set-up ends it with 128 + its number', { skip, timeout: 60_000 }, async () => {
  const started = launch('--port', '0', '--data', join(data, 'never'));
  while (!/generating/.test(started.err()) && !/Demo season/.test(started.err()))
    await new Promise((done) => setTimeout(done, 20));
  started.child.kill('SIGINT');
  const [code] = await started.ended;
  assert.equal(code, 130, started.err());
  assert.equal(started.out(), '');
  assert.equal(existsSync(join(data, 'never', 'demo')), false);
});

test('a wrong option is one sentence', async () => {
  const started = launch('--prot', '1');
  const [code] = await started.ended;
  assert.deepEqual([code, started.out()], [1, '']);
  assert.match(started.err(), /^Unknown option '--prot'.*\n$/);
});
