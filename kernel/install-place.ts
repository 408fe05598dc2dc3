import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { InvalidUsage } from './errors.ts';

/** One of Jupyter's data folders; exactly one of these. */
export interface InstallPlace {
  /** `PREFIX/share/jupyter`, for a Python environment elsewhere. */
  readonly prefix?: string | undefined;
  /** The data folder of this user. */
  readonly user?: boolean | undefined;
  /** As `prefix`, for the Python environment that is active (`VIRTUAL_ENV`, `CONDA_PREFIX`). */
  readonly sysPrefix?: boolean | undefined;
}

/**
 * Jupyter's data folder of a place (Jupyter core, "Data files"): `kernels/` and `labextensions/` are in it. Throws
 * `InvalidUsage` unless one place is named, and for `sysPrefix` where no environment is active.
 */
export function dataFolder(
  { prefix, user, sysPrefix }: InstallPlace,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const chosen = [prefix !== undefined, user === true, sysPrefix === true].filter(Boolean).length;
  if (chosen !== 1) throw new InvalidUsage('Choose one place: prefix, user or sysPrefix');
  if (user) return userDataFolder(environment);
  const root = prefix ?? activeEnvironment(environment);
  if (!root)
    throw new InvalidUsage(
      'No Python environment is active (neither VIRTUAL_ENV nor CONDA_PREFIX is set): activate one, or name its folder as prefix',
    );
  return join(resolve(root), 'share', 'jupyter');
}

/** Jupyter's folder of kernelspecs of a place. */
export function kernelsFolder(place: InstallPlace): string {
  return join(dataFolder(place), 'kernels');
}

/** The folders in which a Jupyter that is started here looks for kernelspecs, each once, first found first. */
export function searchedFolders(environment: NodeJS.ProcessEnv = process.env): string[] {
  const active = activeEnvironment(environment);
  const data = [
    ...(environment.JUPYTER_PATH ?? '').split(delimiter).filter((path) => path !== ''),
    userDataFolder(environment),
    ...(active ? [join(active, 'share', 'jupyter')] : []),
    '/usr/local/share/jupyter',
    '/usr/share/jupyter',
  ];
  return [...new Set(data.map((path) => join(resolve(path), 'kernels')))];
}

function activeEnvironment({
  VIRTUAL_ENV: venv,
  CONDA_PREFIX: conda,
}: NodeJS.ProcessEnv): string | undefined {
  return venv || conda;
}

function userDataFolder(environment: NodeJS.ProcessEnv): string {
  const { JUPYTER_DATA_DIR: own, XDG_DATA_HOME: data, APPDATA: roaming } = environment;
  if (own) return own;
  const home = environment.HOME || homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Jupyter');
  if (process.platform === 'win32' && roaming) return join(roaming, 'jupyter');
  return join(data || join(home, '.local', 'share'), 'jupyter');
}
