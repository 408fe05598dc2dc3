import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { SetupFailed } from './setup-failed.ts';

/**
 * The folder of programs of a Python environment that holds these packages and nothing else, `.peers/NAME/bin`; made at the first
 * call, and anew when they change. Takes the network then. Throws `SetupFailed`.
 */
export function pythonPeer(
  name: string,
  packages: readonly string[],
  tell: (line: string) => void = () => undefined,
): string {
  const folder = join(packageRoot(), '.peers', name);
  const programs = join(folder, 'bin');
  const python = join(programs, 'python');
  const stampFile = join(folder, 'installed');
  const stamp = createHash('sha256').update(packages.join('\n')).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return programs;
  tell(`installing ${packages[0]} into .peers/${name}`);
  if (!existsSync(python)) run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
  writeFileSync(stampFile, stamp);
  return programs;
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new SetupFailed(`${command} ${args.join(' ')} failed: ${error ?? `exit code ${status}`}`);
}
