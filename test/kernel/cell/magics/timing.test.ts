import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { duration } from '../../../../kernel/cell/magics/time.ts';
import { plainOf, TestKernel } from '../../client.ts';

const line =
  /^([\d.]+) (ns|µs|ms|s) ± [\d.]+ (?:ns|µs|ms|s) per loop \(mean ± std\. dev\. of (\d+) runs?, ([\d,]+) loops? each\)\n$/;
const seconds = { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1 };

/** What `%timeit` printed: seconds of a loop, runs, loops. */
function read(text: string): { each: number; runs: number; loops: number } {
  const [, value, unit, runs, loops] = line.exec(text) ?? [];
  assert.ok(value, text);
  return {
    each: Number(value) * seconds[unit as keyof typeof seconds],
    runs: Number(runs),
    loops: Number(loops?.replaceAll(',', '')),
  };
}

describe('timing', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await TestKernel.start();
  });
  after(() => kernel.stop());

  test('%timeit chooses loops for about a second, in the scope of the cell', async () => {
    await kernel.run('let list: number[] = [1, 2, 3]; let calls = 0;');
    const started = performance.now();
    const turn = await kernel.run('%timeit list.map((n: number) => n * 2) as number[] // doubled');
    const took = performance.now() - started;
    const { runs, loops, each } = read(turn.text());
    assert.equal(runs, 7);
    assert.ok(loops > 1000, turn.text());
    assert.ok(each > 1e-9 && each < 1e-4, turn.text());
    // Loops that are chosen while the code is cold run several times quicker afterwards.
    assert.ok(took > 50 && took < 8000, `${took} ms`);
    assert.equal(turn.of('execute_result').length, 0);
  });

  test('%timeit -n and -r are heeded to the call', async () => {
    const turn = await kernel.run('%timeit -n 10 -r 3 calls++');
    assert.deepEqual({ ...read(turn.text()), each: 0 }, { each: 0, runs: 3, loops: 10 });
    assert.equal(plainOf(await kernel.run('calls')), '30');
    assert.match((await kernel.run('%timeit -n1 -r1 calls++')).text(), /of 1 run, 1 loop each/);
    assert.equal((await kernel.run('%timeit -n 0 calls++')).reply.ename, 'MagicMisused');
  });

  test('%timeit counts what is awaited', async () => {
    const { text } = await kernel.run('%timeit -r 2 await new Promise((r) => setTimeout(r, 5))');
    const { each } = read(text());
    assert.ok(each > 0.004 && each < 0.05, text());
  });

  test('a value that nobody uses is computed all the same', async () => {
    await kernel.run(
      'function spin(n: number) { let s = 0; for (let i = 0; i < n; i++) s += i % 7; return s; }',
    );
    const { each } = read((await kernel.run('%timeit -r 2 spin(10000)')).text());
    assert.ok(each > 1e-6, `${each} s for ten thousand turns`);
  });

  test('%%timeit runs its setup once a run; its names are its own', async () => {
    await kernel.run('let setups = 0, turns = 0;');
    const turn = await kernel.run(
      '%%timeit -n 5 -r 2 setups++; const own = 1\nconst more: number = own\nturns += more',
    );
    assert.deepEqual({ ...read(turn.text()), each: 0 }, { each: 0, runs: 2, loops: 5 });
    assert.equal(
      plainOf(await kernel.run('[setups, turns, typeof own, typeof more]')),
      "[ 2, 10, 'undefined', 'undefined' ]",
    );
  });

  test('%time shows the value of an expression and keeps declarations', async () => {
    const value = await kernel.run('const text = "a"\n%time text.repeat(3)');
    assert.equal(plainOf(value), "'aaa'");
    assert.match(value.text(), /^CPU times: user .+, sys: .+, total: .+\nWall time: [\d.]+ [nµm]?s\n$/);
    const declared = await kernel.run('%time const waited: number = await Promise.resolve(5);');
    assert.match(declared.text(), /Wall time/);
    assert.equal(plainOf(await kernel.run('waited')), '5');
  });

  test('%%time measures the cell, shows its value and keeps its names', async () => {
    const turn = await kernel.run(
      '%%time\nconst inCell: number = 4;\nawait new Promise((r) => setTimeout(r, 30));\ninCell * 2',
    );
    assert.equal(plainOf(turn), '8');
    const [, wall = ''] = /Wall time: ([\d.]+) ms/.exec(turn.text()) ?? [];
    assert.ok(Number(wall) >= 29, turn.text());
    assert.equal(plainOf(await kernel.run('inCell')), '4');
  });

  test('an error in timed code has its place in the cell', async () => {
    const cell = await kernel.run('let before = 1\n%timeit before.missing.name');
    assert.equal(cell.reply.ename, 'TypeError');
    assert.match((cell.reply.traceback as string[]).join('\n'), /cell \d+:2:24/);
    const timed = await kernel.run('%%time\n\nnull.x');
    assert.match((timed.reply.traceback as string[]).join('\n'), /cell \d+:3:6/);
    const below = await kernel.run('%time 1\nthrow new RangeError("here")');
    assert.match((below.reply.traceback as string[]).join('\n'), /cell \d+:2:7/);
  });

  test('is interrupted in a loop that spins and in one that waits', async () => {
    for (const code of [
      '%timeit -n 1 while (true) {}',
      '%timeit await new Promise((r) => setTimeout(r, 20))',
    ]) {
      const id = kernel.startCell(code);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await kernel.ask('interrupt_request', {}, 'control');
      const { reply, text } = await kernel.turn(id);
      assert.equal(reply.ename, 'Interrupted', code);
      assert.equal(text(), '');
    }
    assert.equal(plainOf(await kernel.run('1 + 1')), '2');
  });

  test('an interrupt leaves no loop behind, neither between runs nor in one', async () => {
    await kernel.run(
      "let ticks = 0; const look = () => new Promise((r) => require('node:fs').stat('/', r));\nconst spin = (ms: number) => { const end = Date.now() + ms; while (Date.now() < end); };",
    );
    for (const code of [
      '%timeit -n 1 -r 500 ticks++; spin(10)',
      '%timeit -n 10000000 -r 1 ticks++; await look()',
    ]) {
      const id = kernel.startCell(code);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await kernel.ask('interrupt_request', {}, 'control');
      assert.equal((await kernel.turn(id)).reply.ename, 'Interrupted');
      const before = plainOf(await kernel.run('ticks'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(plainOf(await kernel.run('ticks')), before, code);
    }
  });
});

test('durations have three digits and the unit of a person', () => {
  const texts: [number, string][] = [
    [0, '0 ns'],
    [1.234e-5, '12.3 ns'],
    [0.0123456, '12.3 µs'],
    [12.3456, '12.3 ms'],
    [999.9, '1000 ms'],
    [1500, '1.5 s'],
    [61_000, '1min 1s'],
    [3_600_000, '1h'],
  ];
  for (const [milliseconds, text] of texts) assert.equal(duration(milliseconds), text);
});
