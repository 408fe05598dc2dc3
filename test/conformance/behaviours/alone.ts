import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildForTests } from '../../support/scratch-kernel.ts';

/** A network of nothing but a loopback that is down: the kernel is spoken to by ipc. */
const unshare = ['unshare', ...(process.getuid?.() === 0 ? ['-n'] : ['-rn'])];

/** The reason why a process without a network cannot be had here. */
function noNamespace(): string | false {
  const [command = '', ...args] = [...unshare, 'true'];
  return (
    spawnSync(command, args).status !== 0 && 'this machine gives no process a network namespace of its own'
  );
}

describe('without any network', { skip: noNamespace() }, () => {
  const client = fileURLToPath(new URL('./alone-client.ts', import.meta.url));
  /** Nobody can write to `/sys`, root neither. */
  const folders: Readonly<Record<string, (empty: string) => { work: string; home: string }>> = {
    'in an empty folder': (empty) => ({ work: empty, home: empty }),
    'in a folder that cannot be written to': () => ({ work: '/sys', home: '/sys' }),
    'with a home that does not exist': (empty) => ({ work: empty, home: '/sys/nowhere' }),
  };
  for (const [name, place] of Object.entries(folders))
    test(`a kernel ${name} runs cells, completes, tells types and shuts down`, async () => {
      await buildForTests();
      const empty = mkdtempSync(join(tmpdir(), 'furrow-alone-'));
      const { work, home } = place(empty);
      const [command = '', ...args] = [...unshare, process.execPath, client, work];
      try {
        const said = execFileSync(command, args, {
          env: { PATH: process.env.PATH, HOME: home },
          encoding: 'utf8',
          timeout: 60_000,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        assert.deepEqual(JSON.parse(said), {
          interfaces: [],
          value: '2',
          parses: "'furrow'",
          completions: true,
          documentation: true,
          diagnostic: true,
          exitCode: 0,
        });
        // A home that is the folder itself gets what belongs into a home, and nothing else.
        const left = readdirSync(empty).filter((file) => !['.local', '.cache'].includes(file));
        assert.deepEqual(left, []);
      } finally {
        rmSync(empty, { recursive: true, force: true });
      }
    });
});
