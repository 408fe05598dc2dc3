import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { SetupFailed } from './setup-failed.ts';

/** The openEO Python client, and rasterio to look into what it downloads. */
const packages = ['openeo==0.53.0', 'rasterio==1.4.4', 'numpy==2.4.6'] as const;

/** Python with the openEO client in an environment of its own (`.peers/openeo`), made at the first call: a minute, 500 MB. Throws `SetupFailed`. */
export function openeoClientPython(tell: (line: string) => void = () => undefined): string {
  const folder = join(packageRoot(), '.peers', 'openeo');
  const python = join(folder, 'bin', 'python');
  const stampFile = join(folder, 'installed');
  const stamp = createHash('sha256').update(packages.join('\n')).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return python;
  tell('installing the openEO Python client into .peers/openeo');
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
