import { spawn } from 'node:child_process';
import { descendants, endProcesses } from '../../start/process-tree.ts';

/** How a program ended. */
export interface LimitedRun {
  /** Undefined when it was ended at its limit. */
  readonly code: number | null | undefined;
  /** What it wrote to both of its outputs. */
  readonly output: string;
}

/** Runs a program; one that takes longer than `limitMs` is ended with all that it started. */
export async function runLimited(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly limitMs: number;
    /** Gets what it writes to its standard output as it comes. */
    readonly heard?: ((text: string) => void) | undefined;
  },
): Promise<LimitedRun> {
  const { cwd, env } = options;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => parts.push(text));
  if (options.heard) child.stdout.on('data', options.heard);
  let late = false;
  const timer = setTimeout(async () => {
    late = true;
    const tree = child.pid === undefined ? [] : await descendants(child.pid);
    child.kill('SIGKILL');
    await endProcesses(tree, 0);
  }, options.limitMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      // Not `close`: a process that outlives it may hold its output open.
      child.once('exit', (status) => setTimeout(() => resolve(status), 50));
    });
    return { code: late ? undefined : code, output: parts.join('') };
  } finally {
    clearTimeout(timer);
  }
}
