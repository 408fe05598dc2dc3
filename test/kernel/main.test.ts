import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../kernel/main.ts', import.meta.url));

describe('the kernel as a program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'furrow-main-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 20_000 });
  const file = (content: unknown) => {
    const path = join(folder, 'connection.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const ports = { shell_port: 0, iopub_port: 0, stdin_port: 0, control_port: 0, hb_port: 0 };

  const wrong: [string, () => string[], RegExp][] = [
    ['no arguments', () => [], /Usage: /],
    ['two connection files', () => ['a', 'b'], /Usage: /],
    ['an unknown option', () => ['file.json', '--verbose'], /'--verbose'.*Usage: /],
    ['an option without its value', () => ['file.json', '--prelude'], /--prelude.*Usage: /],
    ['a connection file that is not there', () => [join(folder, 'none.json')], /none\.json cannot be read/],
    ['one that is no JSON', () => [file('{')], /is not JSON/],
    ['one without ports', () => [file({ key: 'k' })], /shell_port is undefined, not a port/],
    ['a broken key', () => [file({ ...ports, curve_secretkey: '~'.repeat(40) })], /curve_secretkey is not/],
    ['an address of another machine', () => [file({ ...ports, ip: '192.0.2.1' })], /cannot be served at tcp/],
    [
      'a folder that is not there',
      () => [file({ ...ports, transport: 'ipc', ip: join(folder, 'none', 'kernel') })],
      /cannot be served at ipc/,
    ],
  ];
  for (const [name, args, message] of wrong)
    test(`says in one line what is wrong: ${name}`, () => {
      const { status, stderr } = run(...args());
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
      assert.equal(status, 2);
    });

  test('says in one line which address is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => void taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { status, stderr } = run(file({ ...ports, control_port: port }));
    taken.close();
    assert.match(
      stderr,
      new RegExp(`^furrow: The control channel cannot be served at tcp://127.0.0.1:${port}`),
    );
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.equal(status, 2);
  });
});
