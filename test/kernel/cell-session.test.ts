import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CellEvents, CellSession } from '../../kernel/cell-session.ts';

/** A session that keeps what it was told. */
function open({ interruptMs, prelude }: { interruptMs?: number; prelude?: string } = {}) {
  const told: string[] = [];
  const texts: string[] = [];
  const events: CellEvents = {
    stream: (_request, _name, text) => void texts.push(text.toString()),
    native: () => undefined,
    display: () => undefined,
    clear: () => undefined,
    folderChanged: () => undefined,
    comm: () => undefined,
    input: () => undefined,
    gone: () => void told.push('gone'),
    died: (reason, running) => void told.push(`${running} ${reason.message}`),
  };
  const session = new CellSession({ folder: tmpdir(), interruptMs, prelude }, events);
  const run = (request: number, code: string, prepared?: Promise<void>) =>
    session.execute({ type: 'execute', request, code, cell: request, expressions: {} }, prepared);
  return { session, told, texts, run };
}

test('a cell process that does not answer an interrupt is replaced, and that is said', async (context) => {
  const { session, told, run } = open({ interruptMs: 400 });
  context.after(() => session.close());
  await run(1, 'const kept = 1');
  const first = session.pid;
  const script = "trap '' INT TERM; sleep 4";
  const cell = run(2, `require('node:child_process').execFileSync('sh', ['-c', "${script}"])`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const asked = performance.now();
  await session.interrupt();
  const { failure } = await cell;
  assert.ok(performance.now() - asked < 2500, 'it was not waited for');
  assert.equal(failure?.ename, 'CellProcessDied');
  assert.match(told.join(), /^gone,true .*did not answer an interrupt/);
  assert.equal((await run(3, '1 + 1')).failure, null);
  assert.notEqual(session.pid, first);
});

test('a restart on purpose takes names away, fails other cells, and says nothing else', async (context) => {
  const { session, told, run } = open();
  context.after(() => session.close());
  await run(1, 'const kept = 1');
  const first = session.pid;
  const beside = run(2, 'await new Promise(() => {})');
  await session.restart();
  assert.equal((await beside).failure?.ename, 'CellProcessDied');
  assert.notEqual(session.pid, first);
  assert.equal((await run(3, 'typeof kept')).result?.data['text/plain'], "'undefined'");
  assert.deepEqual(told, ['gone']);
});

test('an order that cannot be sent fails alone', async (context) => {
  context.mock.method(process.stderr, 'write', () => true);
  const { session, run } = open();
  context.after(() => session.close());
  await run(1, '1');
  const base = { type: 'comm', kind: 'msg', commId: 'c', target: 't', metadata: {}, buffers: [] } as const;
  const data = { refused: (() => undefined) as unknown as null };
  await session.deliver({ ...base, request: 2, data });
  assert.equal((await run(3, '1 + 1')).result?.data['text/plain'], '2');
});

test('an interrupt while the prelude is loaded ends what waits for it, and nothing else', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-prelude-'));
  const prelude = join(folder, 'prelude.mjs');
  writeFileSync(
    prelude,
    `console.log('loading');
for (const end = Date.now() + 600; Date.now() < end; );
export const loaded = 'whole';`,
  );
  const { session, texts, told, run } = open({ prelude });
  context.after(() => {
    session.close();
    rmSync(folder, { recursive: true });
  });
  const cell = run(1, 'loaded');
  const base = { type: 'comm', kind: 'msg', commId: 'c', target: 't', metadata: {}, buffers: [] } as const;
  const message = session.deliver({ ...base, request: 2, data: {} });
  while (texts.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await session.interrupt();
  assert.equal((await cell).failure?.ename, 'Interrupted');
  await message;
  const { failure, result } = await run(3, 'loaded');
  assert.deepEqual([failure, result?.data['text/plain']], [null, "'whole'"]);
  assert.deepEqual(told, []);
});

test('a cell that waits for an interrupt to get through is ended by the next one', async (context) => {
  const { session, run } = open();
  context.after(() => session.close());
  await run(1, '1');
  const cell = run(2, "require('node:child_process').execFileSync('sh', ['-c', \"trap '' INT; sleep 0.7\"])");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const first = session.interrupt();
  const beside = run(3, "console.log('ran')");
  await session.interrupt();
  assert.equal((await beside).failure?.ename, 'Interrupted');
  await first;
  assert.equal((await cell).failure?.ename, 'Interrupted');
});

test('a result that is too large to be sent fails its cell', async (context) => {
  const { session, run } = open();
  context.after(() => session.close());
  const form = `({ 'text/plain': '\\u0001'.repeat(90_000_000) })`;
  const { failure } = await run(1, `({ [Symbol.for('Jupyter.display')]: () => ${form} })`);
  assert.match(String(failure?.evalue), /could not be sent.*shown in parts/);
  assert.equal((await run(2, '1 + 1')).result?.data['text/plain'], '2');
});

test('a cell that is interrupted while a debugger prepares it does not run', {
  timeout: 15_000,
}, async (context) => {
  const { session, texts, run } = open();
  context.after(() => session.close());
  await run(1, '1');
  const prepared = Promise.withResolvers<void>();
  const cell = run(2, "console.log('ran')", prepared.promise);
  await session.interrupt();
  // Before it is prepared: a cell that waited for that would never end.
  assert.equal((await cell).failure?.ename, 'Interrupted');
  prepared.resolve();
  assert.equal((await run(3, '1 + 1')).failure, null);
  assert.deepEqual(texts, []);
});
