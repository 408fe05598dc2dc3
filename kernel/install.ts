import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidUsage } from './errors.ts';
import { logoPng, logoSvg } from './logo.ts';

/** Which of Jupyter's data folders a kernelspec goes to; exactly one. */
export interface InstallPlace {
  /** `PREFIX/share/jupyter`, for a Python environment elsewhere. */
  readonly prefix?: string | undefined;
  /** The data folder of this user. */
  readonly user?: boolean | undefined;
  /** As `prefix`, for the Python environment that is active (`VIRTUAL_ENV`, `CONDA_PREFIX`). */
  readonly sysPrefix?: boolean | undefined;
}

/** How the kernel is started. */
export interface InstallOptions extends InstallPlace {
  /** Name of the kernelspec; `furrow`. */
  readonly name?: string | undefined;
  readonly displayName?: string | undefined;
  /** The Node that runs it, an absolute path; the one that runs this. */
  readonly nodePath?: string | undefined;
  /** The built program; `main.js` of this kernel. */
  readonly mainPath?: string | undefined;
  /** Module whose exports cells see; `prelude.js` beside it. False: a plain TypeScript kernel. */
  readonly preludePath?: string | false | undefined;
  /** Environment variables of the kernel. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** A kernelspec that is installed. */
export interface InstalledKernel {
  readonly name: string;
  readonly folder: string;
  readonly displayName: string;
}

/**
 * Installs the kernelspec and returns its folder. It appears whole or not at all: it is written beside its place and
 * renamed into it, and one of the same name is replaced. Throws `InvalidUsage` for a wrong name or place.
 */
export async function installKernelspec(options: InstallOptions): Promise<string> {
  const { name = 'furrow', displayName = 'TypeScript (Furrow)', nodePath = process.execPath } = options;
  checkName(name);
  const kernels = kernelsFolder(options);
  const built = builtFolder();
  const { mainPath = join(built, 'main.js'), preludePath = join(built, 'prelude.js') } = options;
  const prelude = preludePath === false ? [] : ['--prelude', preludePath];
  const spec = {
    argv: [nodePath, mainPath, '{connection_file}', ...prelude],
    display_name: displayName,
    language: 'typescript',
    interrupt_mode: 'message',
    env: options.environment ?? {},
    metadata: { debugger: false },
  };
  await mkdir(kernels, { recursive: true });
  const made = await mkdtemp(join(kernels, '.making-'));
  try {
    await writeFile(join(made, 'kernel.json'), `${JSON.stringify(spec, null, 2)}\n`);
    await writeFile(join(made, 'logo-32x32.png'), logoPng(32));
    await writeFile(join(made, 'logo-64x64.png'), logoPng(64));
    await writeFile(join(made, 'logo-svg.svg'), logoSvg());
    await chmod(made, 0o755); // mkdtemp makes it private, and a prefix serves all its users
    await replaceFolder(made, join(kernels, name));
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
  return join(kernels, name);
}

/** The kernelspecs in a place whose kernel is this one (its program is named `main.js` or `main.ts` of a `kernel` folder). */
export async function listKernelspecs(place: InstallPlace): Promise<InstalledKernel[]> {
  const kernels = kernelsFolder(place);
  if (!existsSync(kernels)) return [];
  const found: InstalledKernel[] = [];
  for (const name of (await readdir(kernels)).sort()) {
    if (name.startsWith('.')) continue;
    const spec = await readSpec(join(kernels, name));
    if (spec) found.push({ name, folder: join(kernels, name), displayName: spec });
  }
  return found;
}

/** Removes a kernelspec of ours; false where there is none of that name. */
export async function removeKernelspec(name: string, place: InstallPlace): Promise<boolean> {
  checkName(name);
  const found = (await listKernelspecs(place)).find((kernel) => kernel.name === name);
  if (!found) return false;
  await rm(found.folder, { recursive: true });
  return true;
}

/** Jupyter's folder of kernelspecs of a place (Jupyter client, "Kernel specs"). */
export function kernelsFolder({ prefix, user, sysPrefix }: InstallPlace): string {
  const chosen = [prefix !== undefined, user === true, sysPrefix === true].filter(Boolean).length;
  if (chosen !== 1) throw new InvalidUsage('Choose one place: prefix, user or sysPrefix');
  if (user) return join(userDataFolder(), 'kernels');
  const root = prefix ?? process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX;
  if (!root)
    throw new InvalidUsage('No Python environment is active: set VIRTUAL_ENV, or name its folder as prefix');
  return join(root, 'share', 'jupyter', 'kernels');
}

function userDataFolder(): string {
  const { JUPYTER_DATA_DIR: own, XDG_DATA_HOME: data, APPDATA: roaming } = process.env;
  if (own) return own;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32' && roaming) return join(roaming, 'jupyter');
  return join(data || join(homedir(), '.local', 'share'), 'jupyter');
}

/** Where the built kernel is, also when this file runs from the sources. */
function builtFolder(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return import.meta.url.endsWith('.ts') ? fileURLToPath(new URL('../dist/kernel/', import.meta.url)) : here;
}

function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name))
    throw new InvalidUsage(`'${name}' is no name of a kernelspec: letters, digits, '.', '_' and '-'`);
}

async function replaceFolder(made: string, place: string): Promise<void> {
  const old = existsSync(place) ? await mkdtemp(join(place, '..', '.old-')) : undefined;
  if (old) await rename(place, join(old, 'kernel'));
  await rename(made, place);
  if (old) await rm(old, { recursive: true, force: true });
}

/** The display name of a kernelspec of ours. */
async function readSpec(folder: string): Promise<string | undefined> {
  try {
    const spec = JSON.parse(await readFile(join(folder, 'kernel.json'), 'utf8')) as Record<string, unknown>;
    const program = Array.isArray(spec.argv) ? String(spec.argv[1]) : '';
    return /[\\/]kernel[\\/]main\.[jt]s$/.test(program) ? String(spec.display_name) : undefined;
  } catch {
    return undefined;
  }
}
