import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InstallFailed, InvalidUsage } from './errors.ts';
import { type InstallPlace, kernelsFolder } from './install-place.ts';
import { listKernelspecs } from './installed.ts';
import { logoPng, logoSvg } from './logo.ts';

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
  /** Environment variables of the kernel, besides `GLIBC_TUNABLES` for large pages on Linux. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** As `start.mjs` starts Node on Linux: large arrays on large pages, which spares a third of the time of reading a large window. */
const largePages: Readonly<Record<string, string>> =
  process.platform === 'linux' ? { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' } : {};

/**
 * Installs the kernelspec and returns its folder. It appears whole or not at all: it is written beside its place and
 * renamed into it, and one of ours of the same name is replaced. Throws `InvalidUsage` for a wrong name or place, and
 * `InstallFailed` where the folder cannot be written or holds another kernel by that name.
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
    env: { ...largePages, ...options.environment },
    // Messages may be encrypted: jupyter_client asks for this word before it makes keys.
    metadata: { debugger: true, supported_encryption: 'curve' },
  };
  await checkReplaceable(kernels, name);
  const made = await makeFolder(kernels);
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

/** Where the built kernel is, also when this file runs from the sources. */
function builtFolder(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return import.meta.url.endsWith('.ts') ? fileURLToPath(new URL('../dist/kernel/', import.meta.url)) : here;
}

function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name))
    throw new InvalidUsage(`'${name}' is no name of a kernelspec: letters, digits, '.', '_' and '-'`);
}

async function checkReplaceable(kernels: string, name: string): Promise<void> {
  const folder = join(kernels, name);
  if (!existsSync(folder) || (await listKernelspecs(kernels)).some((kernel) => kernel.name === name)) return;
  throw new InstallFailed(`${folder} is the kernelspec of another kernel: choose another name`);
}

async function makeFolder(kernels: string): Promise<string> {
  try {
    await mkdir(kernels, { recursive: true });
    return await mkdtemp(join(kernels, '.making-'));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error;
    throw new InstallFailed(
      `The kernelspec cannot be written to ${kernels} (${reason}): choose a place that you may write`,
      { cause: error },
    );
  }
}

async function replaceFolder(made: string, place: string): Promise<void> {
  const old = existsSync(place) ? await mkdtemp(join(place, '..', '.old-')) : undefined;
  if (old) await rename(place, join(old, 'kernel'));
  await rename(made, place);
  if (old) await rm(old, { recursive: true, force: true });
}
