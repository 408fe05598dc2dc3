import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { SetupFailed } from './setup-failed.ts';

/** The JRC's library: one of its calls uses `DataFrame.append`, which pandas 2 has no more, and its rasterio takes NumPy 1. */
const packages = [
  'cbm==0.0.18',
  'pandas==1.5.3',
  'numpy==1.26.4',
  'rasterio==1.4.4',
  'pillow==11.3.0',
] as const;

/** Python with the library in an environment of its own (`.peers/cbm`), made at the first call: a minute, 700 MB. Throws `SetupFailed`. */
export function cbmClientPython(tell: (line: string) => void = () => undefined): string {
  const folder = join(packageRoot(), '.peers', 'cbm');
  const python = join(folder, 'bin', 'python');
  const stampFile = join(folder, 'installed');
  const stamp = createHash('sha256').update(packages.join('\n')).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return python;
  tell('installing the cbm library into .peers/cbm');
  if (!existsSync(python)) run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
  writeFileSync(stampFile, stamp);
  return python;
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new SetupFailed(`${command} ${args.join(' ')} failed: ${error ?? `exit code ${status}`}`);
}
