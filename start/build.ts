import { constants } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { packageRoot } from '../src/config.ts';
import { FurrowError } from '../src/errors.ts';
import { buildLabExtension } from './lab-extension.ts';
import { openProgress, type Step } from './progress.ts';
import { runCommand } from './run-command.ts';
import { hashInputs, isFresh, removeStamp, writeStamp } from './stamp.ts';
import { StartFailed } from './start-failed.ts';

export interface BuildOptions {
  readonly root: string;
  readonly step: Step;
  readonly signal?: AbortSignal | undefined;
}

const inputs = ['src', 'kernel', 'cli', 'widgets', 'tsconfig.base.json', 'package.json', 'package-lock.json'];
const projects = [
  'src',
  'widgets/shared',
  'widgets/host',
  'widgets/view',
  'widgets/labextension',
  'kernel',
  'cli',
];
const results = ['dist/kernel/main.js', 'dist/kernel/prelude.js', 'dist/labextension/package.json'];

/** Whether `dist/` was built from the sources as they are. */
export async function isBuildFresh(root: string): Promise<boolean> {
  return isFresh(stampOf(root), await hashInputs(root, inputs), absolute(root));
}

/**
 * Compiles the TypeScript projects into `dist/` and bundles the lab extension, unless the sources are those of the last
 * build. Throws `StartFailed` with the first message of the compiler.
 */
export async function build({ root, step, signal }: BuildOptions): Promise<'compiled' | 'up to date'> {
  const hash = await hashInputs(root, inputs);
  if (await isFresh(stampOf(root), hash, absolute(root))) return 'up to date';
  await removeStamp(stampOf(root));
  let begun = 0;
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, lines } = await runCommand(process.execPath, [compiler, '-b', '--verbose', ...projects], {
    cwd: root,
    signal,
    onLine: (line) => {
      const config = /Building project '(.*)'/.exec(line)?.[1];
      const project = config && dirname(relative(root, config));
      if (project === undefined) return;
      step.update((0.75 * begun++) / projects.length, `compiling ${project}`);
    },
  });
  if (code !== 0) {
    const errors = lines.filter((line) => /error TS\d+/.test(line));
    throw new StartFailed(
      `The build failed with ${errors.length} errors, the first: ${errors[0] ?? lines.at(-1)}`,
    );
  }
  step.update(0.8, 'bundling the lab extension');
  await buildLabExtension({ root, signal });
  await writeStamp(stampOf(root), hash);
  return 'compiled';
}

function stampOf(root: string): string {
  return join(root, 'dist', '.furrow-build');
}

function absolute(root: string): string[] {
  return results.map((path) => join(root, path));
}

/** `npm run build` */
async function main(): Promise<void> {
  const cancel = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      process.exitCode = 128 + constants.signals[signal];
      cancel.abort();
    });
  const step = openProgress(process.stderr).step('Build', 'compiling TypeScript');
  try {
    step.done(await build({ root: packageRoot(), step, signal: cancel.signal }));
  } catch (error) {
    step.abandon();
    if (!(error instanceof FurrowError)) throw error;
    if (!cancel.signal.aborted) process.stderr.write(`${error.message}\n`);
    process.exitCode ||= 1;
  }
}

if (import.meta.main) await main();
