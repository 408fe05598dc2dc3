import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { packageRoot } from '../../src/config.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'furrow script '));
  await copyFile(join(packageRoot(), 'start.mjs'), join(root, 'start.mjs'));
  await writeLock('1.0.0');
  await mkdir(join(root, 'bin'));
  await writeNpm(
    `mkdir -p "${platformFolder()}/bin" && ln -sf "${process.execPath}" "${platformFolder()}/bin/node"`,
  );
});
afterEach(() => rm(root, { recursive: true, force: true }));

function platformFolder(): string {
  return join(root, 'node_modules', `node-${process.platform}-${process.arch}`);
}

async function writeLock(version: string): Promise<void> {
  const packages = { '': {}, 'node_modules/left': { version } };
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
}

/** An npm that notes every call of `npm ci` and then does what `command` says. */
async function writeNpm(command: string): Promise<void> {
  const script = `#!/bin/sh\n[ "$1" = ci ] || exit 0\necho "$@" >> "${join(root, 'calls')}"\n${command}\n`;
  await writeFile(join(root, 'bin', 'npm'), script, { mode: 0o755 });
}

async function callsOfNpm(): Promise<number> {
  const text = await readFile(join(root, 'calls'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '').length;
}

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

interface Launch {
  /** Node options: the machine's Node may be one without `process.execve`. */
  readonly flags?: readonly string[];
  readonly onOut?: (pid: number) => void;
}

async function start(
  entry: string,
  args: readonly string[],
  { flags = [], onOut }: Launch = {},
): Promise<Outcome> {
  await writeFile(join(root, 'entry.ts'), entry);
  const { npm_execpath: _npm, ...environment } = process.env;
  const child = spawn(process.execPath, [...flags, join(root, 'start.mjs'), 'entry.ts', ...args], {
    env: { ...environment, PATH: `${join(root, 'bin')}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
    if (child.pid !== undefined) onOut?.(child.pid);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done) =>
    child.on('close', (...end) => done(end)),
  );
  return { code, signal, ...texts };
}

const printArguments = 'const words: string[] = process.argv.slice(2); console.log(JSON.stringify(words));';
const withoutExecve = ['--import', 'data:text/javascript,process.execve=undefined'];

test('packages are installed once, and again when the lock file changes', async () => {
  const first = await start(printArguments, ['--json', 'a b']);
  assert.deepEqual([first.code, first.out], [0, '["--json","a b"]\n']);
  assert.match(first.err, /^Node packages: installing 1 packages/);
  const second = await start(printArguments, []);
  assert.deepEqual([second.out, second.err], ['[]\n', '']);
  assert.equal(await callsOfNpm(), 1);
  await writeLock('1.0.1');
  await start(printArguments, []);
  assert.equal(await callsOfNpm(), 2);
});

test('large arrays get large pages, unless the user set that otherwise', {
  skip: process.platform !== 'linux',
}, async () => {
  const printTunables = 'console.log(process.env.GLIBC_TUNABLES);';
  const given = process.env.GLIBC_TUNABLES;
  try {
    for (const [set, expected] of [
      [undefined, 'glibc.malloc.hugetlb=1'],
      ['glibc.malloc.arena_max=2', 'glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1'],
      ['glibc.malloc.hugetlb=0', 'glibc.malloc.hugetlb=0'],
    ] as const) {
      if (set === undefined) delete process.env.GLIBC_TUNABLES;
      else process.env.GLIBC_TUNABLES = set;
      for (const flags of [[], withoutExecve])
        assert.equal((await start(printTunables, [], { flags })).out, `${expected}\n`);
    }
  } finally {
    if (given === undefined) delete process.env.GLIBC_TUNABLES;
    else process.env.GLIBC_TUNABLES = given;
  }
});

test('two starts at once install once', async () => {
  const slow = `sleep 1; mkdir -p "${platformFolder()}/bin" && ln -sf "${process.execPath}" "${platformFolder()}/bin/node"`;
  await writeNpm(slow);
  const outcomes = await Promise.all([start(printArguments, []), start(printArguments, [])]);
  assert.deepEqual(
    outcomes.map(({ code, out }) => [code, out]),
    [
      [0, '[]\n'],
      [0, '[]\n'],
    ],
  );
  assert.equal(await callsOfNpm(), 1);
});

test('a lock that a killed start left behind does not hold up the next one', async () => {
  const lock = join(root, '.cache', 'install.lock');
  await mkdir(join(root, '.cache'));
  // A process of that number lives, but nobody touched the lock for two minutes.
  await writeFile(lock, String(process.pid));
  const past = new Date(Date.now() - 120_000);
  await utimes(lock, past, past);
  assert.equal((await start(printArguments, [])).code, 0);
  assert.equal(existsSync(lock), false);

  // The next start got the very number of the one that was killed.
  await writeLock('1.0.1');
  const self = `data:text/javascript,${encodeURIComponent(
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(lock)}, String(process.pid));`,
  )}`;
  const { code, err } = await start(printArguments, [], { flags: ['--import', self] });
  assert.equal(code, 0);
  assert.doesNotMatch(err, /waiting/);
  assert.equal(await callsOfNpm(), 2);
});

test('the lock is touched for as long as the packages are being installed', async () => {
  const lock = join(root, '.cache', 'install.lock');
  await writeNpm(
    `touch -t 200001010000 "${lock}"; sleep 3; find "${lock}" -newer "${join(root, 'bin', 'npm')}" > "${join(root, 'touched')}"
    mkdir -p "${platformFolder()}/bin" && ln -sf "${process.execPath}" "${platformFolder()}/bin/node"`,
  );
  assert.equal((await start(printArguments, [])).code, 0);
  assert.equal((await readFile(join(root, 'touched'), 'utf8')).trim(), lock);
});

test('packages that somebody installed by hand are taken as they are', async () => {
  await start(printArguments, []);
  await rm(join(root, 'node_modules', '.furrow-lock'));
  const packages = { 'node_modules/left': { version: '1.0.0' } };
  await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  assert.equal((await start(printArguments, [])).err, '');
  assert.equal(await callsOfNpm(), 1);
});

for (const [what, said, sentence] of [
  ['an unreachable registry', 'npm error code ENOTFOUND', /did not reach its registry/],
  ['a full disk', 'npm error code ENOSPC', /disk of .* is full/],
  ['a folder that is not writable', 'npm error code EACCES', /may not write/],
  [
    'anything else',
    'npm error code EUSAGE\nnpm error The lock file is old',
    /npm says: The lock file is old/,
  ],
] as const)
  test(`${what} is told in one sentence, and nothing is printed on stdout`, async () => {
    await writeNpm(`printf '${said}\\n' >&2; exit 1`);
    const { code, out, err } = await start(printArguments, []);
    assert.deepEqual([code, out], [1, '']);
    const lines = err.trimEnd().split('\n');
    assert.equal(lines.length, 2, err);
    assert.match(lines[1] ?? '', sentence);
    await writeNpm(
      `mkdir -p "${platformFolder()}/bin" && ln -sf "${process.execPath}" "${platformFolder()}/bin/node"`,
    );
    assert.equal((await start(printArguments, [])).code, 0);
  });

for (const [how, flags] of [
  ['replacing itself', []],
  ['as its parent', withoutExecve],
] as const)
  describe(`hands over ${how}`, () => {
    test('the exit code is the entry’s', async () => {
      assert.equal((await start('process.exitCode = 7', [], { flags })).code, 7);
    });

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      test(`${signal} reaches the entry, which decides what to do`, async () => {
        const entry = `process.on('${signal}', () => { console.log('cleaned up'); process.exit(3) });
          setInterval(() => {}, 1000); console.log('up')`;
        let sent = false;
        const outcome = await start(entry, [], {
          flags,
          onOut: (pid) => {
            if (!sent) process.kill(pid, signal);
            sent = true;
          },
        });
        assert.deepEqual([outcome.code, outcome.out], [3, 'up\ncleaned up\n']);
      });

    test('a signal that ends the entry is passed on', async () => {
      const outcome = await start(`console.log('up'); process.kill(process.pid, 'SIGKILL')`, [], { flags });
      assert.equal(outcome.signal, 'SIGKILL');
    });
  });
