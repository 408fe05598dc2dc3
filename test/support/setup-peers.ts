import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/config.ts';
import { installKernelPeers } from './kernel-peers.ts';
import { installRasterPeers } from './raster-peers.ts';
import { SetupFailed } from './setup-failed.ts';

const debianPackages = new Map([
  ['chromium', '/usr/bin/chromium'],
  ['fonts-liberation', '/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf'],
  ['postgresql-15-postgis-3', '/usr/lib/postgresql/15/bin/initdb'],
]);

const objectStore = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';

/**
 * Installs what the tests compare Furrow with: Debian's Chromium and PostgreSQL with PostGIS where apt and root are at
 * hand, `.venv-test` with rasterio, rasterstats and Jupyter's clients, and with Go the S3 server versitygw. With `benches`
 * also the kernels and raster programs that benches measure beside ours. Does nothing that is done already.
 */
export async function setUpPeers({
  log,
  benches = false,
}: {
  log: (line: string) => void;
  benches?: boolean;
}): Promise<void> {
  installDebianPackages(log);
  installTestEnvironment(log);
  installObjectStore(log);
  if (!benches) return;
  installKernelPeers(log);
  installRasterPeers(log);
}

function installDebianPackages(log: (line: string) => void): void {
  const missing = [...debianPackages].filter(([, file]) => !existsSync(file)).map(([name]) => name);
  if (missing.length === 0) return;
  const command = `apt-get install -y ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    log(`Not installed, as this needs Debian and root: ${command}`);
    return;
  }
  log(command);
  const wait = ['-o', 'DPkg::Lock::Timeout=600'];
  run('apt-get', [...wait, 'update', '-qq']);
  run('apt-get', [...wait, 'install', '-y', '-qq', '--no-install-recommends', ...missing]);
}

function installTestEnvironment(log: (line: string) => void): void {
  const folder = join(packageRoot(), '.venv-test');
  const requirements = join(packageRoot(), 'test', 'support', 'requirements.txt');
  const stamp = join(folder, 'installed');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  log('Installing the Python test environment into .venv-test');
  if (!existsSync(join(folder, 'bin', 'python'))) run('python3', ['-m', 'venv', folder]);
  run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
  writeFileSync(stamp, wanted);
}

/** The S3 server of the storage tests, from the Go module proxy. */
function installObjectStore(log: (line: string) => void): void {
  const folder = join(packageRoot(), '.venv-test', 'bin');
  if (existsSync(join(folder, 'versitygw'))) return;
  const command = `go install ${objectStore}`;
  if (spawnSync('go', ['version']).status !== 0) {
    log(`Not installed, as this needs Go: ${command}`);
    return;
  }
  log(`${command} (about two minutes)`);
  try {
    run('go', ['install', objectStore], { GOBIN: folder });
  } catch (error) {
    if (!(error instanceof SetupFailed)) throw error;
    log(`${error.message}. The tests that need it will be skipped.`);
  }
}

function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...more };
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], env: environment });
  if (status !== 0)
    throw new SetupFailed(`${command} ${args.join(' ')} failed: ${error ?? `exit code ${status}`}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await setUpPeers({ log: (line) => console.log(line), benches: true });
