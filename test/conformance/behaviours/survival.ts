import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { stillRunning } from '../../../start/process-tree.ts';
import type { TestKernel, Turn } from '../../kernel/client.ts';
import { startBuiltKernel } from '../../support/built-kernel.ts';
import { processTree } from '../../support/process-memory.ts';

/** The plain text of a cell's result. */
function plain(turn: Turn): unknown {
  return (turn.of('execute_result')[0]?.data as Record<string, unknown> | undefined)?.['text/plain'];
}

/** Cells sent right after an error are aborted with the queue. */
const afterError = 170;

function noCompiler(): string | false {
  return spawnSync('cc', ['--version']).status !== 0 && 'there is no C compiler to make an add-on with';
}

describe('the cell process dies alone', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await startBuiltKernel();
  });
  after(() => kernel.stop());

  const deaths: Readonly<Record<string, readonly [code: string, said: RegExp]>> = {
    'process.exit()': ['process.exit(3)', /exit code 3/],
    'a trap in native code': [
      "import v8 from 'node:v8'; v8.setFlagsFromString('--allow-natives-syntax'); new Function('%SystemBreak()')();",
      /SIGTRAP|SIGILL/,
    ],
    'SIGTERM to itself': ["process.kill(process.pid, 'SIGTERM'); await new Promise(() => {})", /SIGTERM/],
    'process.abort()': ['process.abort()', /SIGABRT/],
    'closed descriptors': [
      "import fs from 'node:fs'; for (let fd = 3; fd < 40; fd++) try { fs.closeSync(fd) } catch {}; await new Promise(() => {})",
      /./,
    ],
    'a broken channel': [
      "import fs from 'node:fs'; fs.writeSync(4, Buffer.alloc(64, 255)); await new Promise(() => {})",
      /./,
    ],
    'out of memory (takes long)': [
      'const hog: number[][] = []; for (;;) hog.push(new Array(1_000_000).fill(1.5));',
      /out of memory/,
    ],
  };
  for (const [name, [code, said]] of Object.entries(deaths))
    test(`${name} is told as the cell's error, and the next cell runs`, async () => {
      const id = kernel.startCell(`console.log('before'); ${code}`);
      const turn = await kernel.turn(id, 'shell', 60_000);
      assert.equal(turn.reply.ename, 'CellProcessDied');
      assert.match(String(turn.reply.evalue), said);
      assert.equal(turn.of('error').length, 1);
      assert.equal(turn.text(), 'before\n');
      assert.deepEqual(kernel.states(id), ['busy', 'idle']);
      await pause(afterError);
      assert.equal(plain(await kernel.run('1 + 1')), '2');
    });

  test('a segmentation fault of an add-on is told', { skip: noCompiler() }, async () => {
    const [source, addon] = ['crash.c', 'crash.node'].map((file) => join(kernel.folder, file));
    writeFileSync(source ?? '', '__attribute__((constructor)) void crash() { *(volatile int *)0 = 1; }\n');
    execFileSync('cc', ['-shared', '-fPIC', '-o', addon ?? '', source ?? '']);
    const turn = await kernel.run(`console.log('before'); require(${JSON.stringify(addon)})`);
    assert.match(String(turn.reply.evalue), /SIGSEGV/);
    assert.equal(turn.text(), 'before\n');
    await pause(afterError);
    assert.equal(plain(await kernel.run('1 + 1')), '2');
  });

  test('process.exit() in a timer is told, and the next cell runs', async () => {
    await kernel.run('setTimeout(() => process.exit(9), 20); undefined');
    await kernel.until(() =>
      JSON.stringify(kernel.published('stream').map(({ content }) => content)).includes('exit code 9'),
    );
    assert.equal(plain(await kernel.run('1 + 1')), '2');
  });
});

describe('the state is kept after', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await startBuiltKernel();
    await kernel.run('let kept = 42;');
  });
  after(() => kernel.stop());
  const assertKept = async () => {
    await pause(afterError);
    assert.equal(plain(await kernel.run('kept')), '42');
  };

  test('a stack overflow, which is an error', async () => {
    const turn = await kernel.run('function deep(): number { return deep() + 1; }\ndeep()');
    assert.equal(turn.reply.ename, 'RangeError');
    await assertKept();
  });

  test('an exception in a timer, which is told', async () => {
    await kernel.run("setTimeout(() => { throw new RangeError('lost in a timer'); }, 10); undefined");
    await kernel.until(() => told().includes('lost in a timer'));
    await assertKept();
  });

  test('a rejection that nobody handles, which is told', async () => {
    await kernel.run("Promise.reject(new RangeError('nobody cares')); undefined");
    await kernel.until(() => told().includes('nobody cares'));
    await assertKept();
  });

  test('what would cut a program off its parent, of which a cell sees none', async () => {
    const turn = await kernel.run('[process.connected, process.send, process.disconnect, process.channel]');
    assert.equal(plain(turn), '[ undefined, undefined, undefined, undefined ]');
    assert.equal((await kernel.run('process.disconnect()')).reply.ename, 'TypeError');
    await assertKept();
  });

  test('values that are thrown and are no errors', async () => {
    for (const thrown of [
      'undefined',
      'null',
      "'text'",
      '{ a: 1 }',
      'Object.create(null)',
      'Symbol("s")',
      'new Proxy({}, { get() { throw 1 } })',
    ]) {
      const turn = await kernel.run(`throw ${thrown}`);
      assert.equal(turn.reply.status, 'error', thrown);
      assert.ok(Array.isArray(turn.reply.traceback), thrown);
      await pause(afterError);
    }
    await assertKept();
  });

  const endless: Readonly<Record<string, string>> = {
    'a flood of microtasks': 'while (true) await null;',
    'promises that make promises':
      'const again = (): Promise<void> => Promise.resolve().then(again); await again();',
    'a getter that never returns, while its object is shown':
      '({ get a() { for (;;) {} }, [Symbol.for("nodejs.util.inspect.custom")]() { return this.a } })',
    'toString() that never returns': 'String({ toString() { for (;;) {} } })',
    'Atomics.wait': 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
    'a queue of setImmediate': 'const turn = () => setImmediate(turn); turn(); await new Promise(() => {})',
    'process.nextTick that starves':
      'const tick = () => process.nextTick(tick); tick(); await new Promise(() => {})',
    'a child that is waited for':
      "import { execFileSync } from 'node:child_process'; execFileSync('sleep', ['60'])",
    'long calls of built-in functions': `const many = Array.from({ length: 1e6 }, () => Math.random());
      for (;;) JSON.stringify(many.map((value) => ({ value })).sort((a, b) => a.value - b.value))`,
    'arithmetic with large numbers': 'let big = 3n ** 20_000n; for (;;) big = (big * big) % 2n ** 90_000n',
  };
  for (const [name, code] of Object.entries(endless))
    test(`an interrupt of ${name}`, async () => {
      const id = kernel.startCell(code);
      await kernel.until(() => kernel.states(id).includes('busy'));
      await pause(400);
      assert.ok(!kernel.states(id).includes('idle'), 'the cell ended by itself');
      // The kernel itself is never busy.
      assert.equal((await kernel.ask('kernel_info_request', {}, 'control')).reply.status, 'ok');
      await kernel.ask('interrupt_request', {}, 'control');
      const turn = await kernel.turn(id, 'shell', 5000);
      assert.equal(turn.reply.status, 'error');
      await assertKept();
    });

  test('a worker thread that spins, which a cell can end', async () => {
    await kernel.run(
      "import { Worker } from 'node:worker_threads'; const spinning = new Worker('for (;;) {}', { eval: true }); undefined",
    );
    assert.equal(plain(await kernel.run('kept')), '42');
    assert.equal((await kernel.run('await spinning.terminate()')).reply.status, 'ok');
    assert.equal(plain(await kernel.run('kept')), '42');
  });

  test('a closed console, prototypes that were changed and globals that were taken', async () => {
    for (const code of [
      'process.stdout.end(); process.stderr.destroy(); undefined',
      '(Array.prototype as any).toJSON = () => "no list"; undefined',
      'delete (Array.prototype as any).toJSON; (Object.prototype as any).toJSON = () => "no object"; undefined',
      '(Object.prototype as any).toJSON = () => { throw new Error("no") }; undefined',
      'delete (globalThis as any).Buffer; undefined',
      '(globalThis as any).Buffer = undefined; (globalThis as any).JSON = undefined; undefined',
      '(globalThis as any).setImmediate = undefined; undefined',
      '(Object.prototype as any).extra = 1; undefined',
      'delete (Object.prototype as any).extra; (globalThis as any).setTimeout = undefined; undefined',
      'Array.prototype.map = () => []; undefined',
      "Object.defineProperty(Error, 'prepareStackTrace', { value: () => { throw 1 } }); undefined",
      "process.removeAllListeners('uncaughtException'); process.chdir('/'); undefined",
    ]) {
      await kernel.run(code);
      await pause(afterError);
      assert.equal(plain(await kernel.run('kept')), '42', code);
    }
  });

  function told(): string {
    return JSON.stringify(kernel.published('stream').map(({ content }) => content));
  }
});

describe('nothing is left behind', () => {
  const children = `import { spawn } from 'node:child_process';
    spawn('sleep', ['120'], { stdio: 'ignore' }); spawn('sh', ['-c', 'sleep 120 & sleep 120'], { stdio: 'ignore' });
    await new Promise((r) => setTimeout(r, 150)); process.pid`;

  test('by a cell process that is killed', async () => {
    const kernel = await startBuiltKernel();
    try {
      const pid = Number(plain(await kernel.run(children)));
      const started = await processTree(pid);
      assert.ok(started.length >= 4, `${started.length} processes`);
      process.kill(pid, 'SIGKILL');
      await pause(700);
      assert.deepEqual(await stillRunning(started), []);
      assert.equal(plain(await kernel.run('1 + 1')), '2');
    } finally {
      await kernel.stop();
    }
  });

  for (const [name, end] of Object.entries<(kernel: TestKernel) => unknown>({
    'a shutdown': (kernel) => kernel.send('shutdown_request', { restart: false }, { channel: 'control' }),
    SIGTERM: (kernel) => kernel.process.kill('SIGTERM'),
    'SIGKILL of the kernel': (kernel) => kernel.process.kill('SIGKILL'),
  }))
    test(`by ${name}, also while a cell spins`, async () => {
      const kernel = await startBuiltKernel();
      try {
        await kernel.run(children);
        kernel.startCell(
          "import { Worker } from 'node:worker_threads'; new Worker('for (;;) {}', { eval: true }); for (;;) {}",
        );
        await pause(500);
        const started = await processTree(kernel.process.pid as number);
        assert.ok(started.length >= 5, `${started.length} processes`);
        end(kernel);
        await pause(1500);
        assert.deepEqual(await stillRunning(started), []);
      } finally {
        await kernel.stop();
      }
    });
});
