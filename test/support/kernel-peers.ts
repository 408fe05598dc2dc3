import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../../src/config.ts';
import { SetupFailed } from './setup-failed.ts';
import { testPython } from './venv.ts';

/** The npm packages of the other kernels; ipykernel is one of the Python environment's requirements. */
const packages = { tslab: '1.0.22', deno: '2.9.6' } as const;

/** The kernels that Furrow is measured beside, and what a process that starts them needs. */
export interface KernelPeers {
  /** Names of the kernelspecs that are installed. */
  readonly names: readonly string[];
  /** `JUPYTER_PATH` and `PATH`, for Jupyter's client in `.venv-test`. */
  readonly environment: Readonly<Record<'JUPYTER_PATH' | 'PATH', string>>;
  /** The working folder: tslab looks for `@types/node` below it, and without them shows nothing but type errors. */
  readonly folder: string;
  /** Peers that are not installed, each with the command that installs it. */
  readonly missing: readonly string[];
}

/** What of the peers is installed in this checkout; `jupyterPath`: folders with further kernelspecs, looked at first. */
export function kernelPeers(jupyterPath: readonly string[] = []): KernelPeers {
  const python = testPython();
  const present = existsSync(stampFile()) && readFileSync(stampFile(), 'utf8') === stamp();
  const names = [...(python === undefined ? [] : ['python3']), ...(present ? Object.keys(packages) : [])];
  return {
    names,
    environment: {
      JUPYTER_PATH: [...jupyterPath, join(peersFolder(), 'share', 'jupyter')].join(delimiter),
      PATH: [join(packageRoot(), '.venv-test', 'bin'), process.env.PATH].join(delimiter),
    },
    folder: present ? peersFolder() : packageRoot(),
    missing: ['python3', ...Object.keys(packages)]
      .filter((name) => !names.includes(name))
      .map((name) => `${name}: npm run setup:peers`),
  };
}

/** Installs tslab and the binary of deno into `.peers`, with kernelspecs (5 seconds, 180 MB); nothing that is done. */
export function installKernelPeers(log: (line: string) => void): void {
  const folder = peersFolder();
  if (existsSync(stampFile()) && readFileSync(stampFile(), 'utf8') === stamp()) return;
  log('Installing the kernels tslab and deno into .peers');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
  const npm = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', npm, { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new SetupFailed(`npm ${npm.join(' ')} failed in ${folder}: ${error ?? status}`);
  // The npm command `deno` is a Node process around the binary, and would be measured with it.
  const [deno] = globSync('node_modules/@deno/*/deno', { cwd: folder });
  if (deno === undefined) throw new SetupFailed(`npm left out the binary of deno for ${process.platform}`);
  const tslab = [join(folder, 'node_modules', '.bin', 'tslab')];
  writeSpec('tslab', 'TypeScript (tslab)', [...tslab, 'kernel', '--config-path', '{connection_file}']);
  writeSpec('deno', 'Deno', [join(folder, deno), 'jupyter', '--kernel', '--conn', '{connection_file}']);
  writeFileSync(stampFile(), stamp());
}

function writeSpec(name: string, displayName: string, argv: readonly string[]): void {
  const folder = join(peersFolder(), 'share', 'jupyter', 'kernels', name);
  mkdirSync(folder, { recursive: true });
  const spec = { argv, display_name: displayName, language: 'typescript' };
  writeFileSync(join(folder, 'kernel.json'), JSON.stringify(spec, null, 2));
}

function peersFolder(): string {
  return join(packageRoot(), '.peers');
}

/** The kernelspecs hold absolute paths: a checkout that was moved installs them anew. */
function stamp(): string {
  return JSON.stringify({ packages, folder: peersFolder() });
}

function stampFile(): string {
  return join(peersFolder(), 'installed');
}
