import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { SetupFailed } from './setup-failed.ts';
import { sharedData } from './shared-data.ts';

/** The versions that the anchors' figures were made with. */
const packages = [
  'rasterio==1.4.4',
  'rasterstats==0.21.0',
  'exactextract==0.3.0',
  'numba==0.68.1',
  'numpy==2.4.6',
  'geopandas==1.2.0',
  'shapely==2.2.0',
  'pyproj==3.7.2',
  'rio-tiler==9.4.12',
  'pyarrow==26.0.1',
] as const;

/** The reason a bench gives when it cannot measure beside the raster peers. */
export const withoutRasterPeers = 'the raster peers are absent: npm run setup:peers';

/** Python with rasterio, exactextract, numba and others to be measured beside, or undefined where it is not installed. */
export function rasterPeers(): string | undefined {
  return existsSync(stampFile()) && readFileSync(stampFile(), 'utf8') === stamp() ? python() : undefined;
}

/** Installs that Python into `.peers/raster` (a minute, 800 MB); nothing that is done. Throws `SetupFailed`. */
export function installRasterPeers(log: (line: string) => void): void {
  if (rasterPeers() !== undefined) return;
  log('Installing the raster peers into .peers/raster');
  if (!existsSync(python())) run('python3', ['-m', 'venv', peersFolder('raster')]);
  run(python(), ['-m', 'pip', 'install', '--quiet', ...packages]);
  writeFileSync(stampFile(), stamp());
}

/**
 * The folder of a generated set of images and parcels, made when it is missing: `small` (1,098 pixels, 300 parcels, seconds) or
 * `granule` (10,980 pixels, 20,000 parcels, 1.5 GB, 2 to 6 minutes). Undefined without the raster peers or `../shared`.
 */
export function granuleFolder(
  set: 'small' | 'granule',
  tell: (line: string) => void = () => undefined,
): string | undefined {
  const folder = peersFolder(set);
  if (existsSync(join(folder, 'meta.json'))) return folder;
  const generator = sharedData('anchors', 'raster', 'make_data.py');
  const peers = rasterPeers();
  if (generator === undefined || peers === undefined) return undefined;
  tell(`generating the set '${set}' into ${folder}`);
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  run(peers, [generator, '--set', set, '--out', part]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  return folder;
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0)
    throw new SetupFailed(`${command} ${args.join(' ')} failed: ${error ?? `exit code ${status}`}`);
}

function peersFolder(name: string): string {
  return join(packageRoot(), '.peers', name);
}

function python(): string {
  return join(peersFolder('raster'), 'bin', 'python');
}

function stamp(): string {
  return createHash('sha256').update(packages.join('\n')).digest('hex');
}

function stampFile(): string {
  return join(peersFolder('raster'), 'installed');
}
