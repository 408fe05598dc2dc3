import { runCommand } from './run-command.ts';
import { StartFailed } from './start-failed.ts';

const candidates = ['python3.13', 'python3.12', 'python3.11', 'python3.14', 'python3', 'python'];
const oldest = [3, 11] as const;

export interface Python {
  /** Absolute path of the interpreter. */
  readonly path: string;
  readonly version: string;
}

interface Probe extends Python {
  readonly hasVenv: boolean;
}

// One program for every candidate: Debian splits ensurepip off, and a venv without it has no pip.
const question = `import sys, importlib.util as u
print("%d.%d.%d" % sys.version_info[:3])
print(sys.executable)
print(all(u.find_spec(m) for m in ("venv", "ensurepip")))`;

/**
 * The first Python of at least 3.11 on PATH that can make virtual environments. Throws `StartFailed` with what to install:
 * a newer Python, or the package that holds the venv module.
 */
export async function findPython(
  environment: NodeJS.ProcessEnv = process.env,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Python> {
  let tooOld: Probe | undefined;
  let withoutVenv: Probe | undefined;
  for (const name of candidates) {
    const probe = await ask(name, environment, signal);
    if (probe === undefined) continue;
    if (!isNewEnough(probe.version)) tooOld ??= probe;
    else if (!probe.hasVenv) withoutVenv ??= probe;
    else return { path: probe.path, version: probe.version };
  }
  if (withoutVenv !== undefined)
    throw new StartFailed(
      `Python ${withoutVenv.version} (${withoutVenv.path}) lacks the venv module: install it (on Debian and Ubuntu: sudo apt install python3-venv) and start again.`,
    );
  if (tooOld !== undefined)
    throw new StartFailed(
      `Furrow needs Python 3.11 or later for JupyterLab, and ${tooOld.path} is ${tooOld.version}: install a newer one and start again.`,
    );
  throw new StartFailed(
    'Furrow needs Python 3.11 or later for JupyterLab, and there is none on PATH: install it (on Debian and Ubuntu: sudo apt install python3 python3-venv) and start again.',
  );
}

async function ask(
  name: string,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Probe | undefined> {
  const result = await runCommand(name, ['-c', question], { env: environment, signal }).catch(
    (error: unknown) => {
      if (error instanceof StartFailed) return undefined;
      throw error;
    },
  );
  // A pyenv shim exists for every version somebody installed and fails for those not chosen.
  if (result?.code !== 0) return undefined;
  const [version, path, hasVenv] = result.lines;
  if (version === undefined || path === undefined) return undefined;
  return { version, path, hasVenv: hasVenv === 'True' };
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
