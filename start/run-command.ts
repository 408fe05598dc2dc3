import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Cancelled } from '../src/errors.ts';
import { StartFailed } from './start-failed.ts';

export interface CommandOptions {
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Called for each line of stdout and stderr. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  readonly code: number;
  /** Stdout and stderr in the order they came, the last 2,000 lines. */
  readonly lines: readonly string[];
}

const keptLines = 2000;

/**
 * Runs a program to its end in a process group of its own; an abort ends the whole group and throws `Cancelled`. A
 * program that cannot be started throws `StartFailed`; one that fails is told by `code`.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, onLine, signal }: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((done, fail) => {
    if (signal?.aborted) return fail(new Cancelled(`${command} was not started`, { cause: signal.reason }));
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > keptLines) lines.shift();
        onLine?.(line);
      });
    const abort = (): void => {
      if (child.pid !== undefined) killGroup(child.pid);
    };
    signal?.addEventListener('abort', abort, { once: true });
    child.on('error', (error) => {
      signal?.removeEventListener('abort', abort);
      fail(new StartFailed(`${command} cannot be started: ${error.message}`, { cause: error }));
    });
    child.on('close', (code) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) fail(new Cancelled(`${command} was cancelled`, { cause: signal.reason }));
      else done({ code: code ?? 1, lines });
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group ended by itself between the abort and this call.
  }
}
