import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Step } from './progress.ts';
import { findPython } from './python.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { isFresh, removeStamp, writeStamp } from './stamp.ts';
import { StartFailed } from './start-failed.ts';

export interface VenvOptions {
  readonly root: string;
  readonly step: Step;
  readonly signal?: AbortSignal | undefined;
}

/** The virtual environment's folder. */
export function venvFolder(root: string): string {
  return join(root, '.venv');
}

/** The environment of the user less what would make our Python load somebody else's packages. */
export function pythonEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { PYTHONPATH: _path, PYTHONHOME: _home, PYTHONSTARTUP: _startup, ...rest } = environment;
  return { ...rest, PYTHONNOUSERSITE: '1' };
}

/** Whether `.venv` holds exactly what requirements.txt pins. */
export async function isVenvFresh(root: string): Promise<boolean> {
  const { stamp, hash, python } = await venvState(root);
  return isFresh(stamp, hash, [python]);
}

/**
 * Makes `.venv` anew from the pins of `start/requirements.txt` unless it is made already. Throws `StartFailed` when no
 * fitting Python exists, the network cannot be reached or the disk is full.
 */
export async function makeVenv({ root, step, signal }: VenvOptions): Promise<'installed' | 'present'> {
  const { folder, stamp, hash, python, pins } = await venvState(root);
  if (await isFresh(stamp, hash, [python])) return 'present';
  const base = await findPython(process.env, { signal });
  await removeStamp(stamp);
  // An environment keeps the absolute path it was made at and the Python it was made with: half a one is not mended.
  await rm(folder, { recursive: true, force: true });
  step.update(0, `making .venv with Python ${base.version}`);
  check(
    await runCommand(base.path, ['-m', 'venv', folder], { env: pythonEnvironment(), signal }),
    'making .venv',
  );
  const watch = watchInstall(join(folder, 'lib'), pins, step);
  const result = await runCommand(
    python,
    [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '--prefer-binary',
      '-r',
      join(root, 'start', 'requirements.txt'),
    ],
    { env: pythonEnvironment(), signal, onLine: watch.onLine },
  ).finally(() => watch.close());
  check(result, 'installing JupyterLab into .venv');
  await writeStamp(stamp, hash);
  return 'installed';
}

async function venvState(root: string) {
  const text = await readFile(join(root, 'start', 'requirements.txt'), 'utf8');
  const folder = venvFolder(root);
  return {
    folder,
    stamp: join(folder, '.furrow-requirements'),
    // The path is part of it: a checkout that was moved has scripts that point to the old place.
    hash: createHash('sha256').update(`${folder}\n${text}`).digest('hex'),
    python: join(folder, 'bin', 'python'),
    pins: text.split('\n').filter((line) => line.includes('==')).length,
  };
}

/** pip names each package when it fetches it; then it unpacks all without a word, so their folders are counted. */
function watchInstall(lib: string, pins: number, step: Step) {
  let collected = 0;
  const timer = setInterval(() => {
    if (collected < pins) return;
    countInstalled(lib)
      .then((count) => step.update(0.6 + (0.4 * count) / pins, `unpacking ${pins} Python packages`))
      .catch(() => undefined);
  }, 300);
  return {
    onLine(line: string) {
      const name = /^Collecting (\S+?)(==|$|\s)/.exec(line)?.[1];
      if (name === undefined) return;
      collected = Math.min(pins, collected + 1);
      step.update((0.6 * collected) / pins, `fetching ${pins} Python packages: ${name}`);
    },
    close: () => clearInterval(timer),
  };
}

async function countInstalled(lib: string): Promise<number> {
  const [version = ''] = await readdir(lib);
  const names = await readdir(join(lib, version, 'site-packages'));
  return names.filter((name) => name.endsWith('.dist-info')).length;
}

function check({ code, lines }: CommandResult, what: string): void {
  if (code === 0) return;
  const text = lines.join('\n');
  if (/No space left|ENOSPC/.test(text))
    throw new StartFailed(`The disk is full (${what}): make room and start again.`);
  if (/ensurepip/.test(text))
    throw new StartFailed(
      `Python's venv module is incomplete (${what}): install it (on Debian and Ubuntu: sudo apt install python3-venv) and start again.`,
    );
  if (
    /NewConnectionError|Name or service not known|Connection refused|Network is unreachable|timed out|Temporary failure in name resolution|ProxyError/i.test(
      text,
    )
  )
    throw new StartFailed(
      `No network (${what}): pip did not reach its package index; connect, or set PIP_INDEX_URL, and start again.`,
    );
  const reason = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? `exit code ${code}`;
  throw new StartFailed(`Failed ${what}: ${reason.replace(/^ERROR:\s*/, '')}`);
}
