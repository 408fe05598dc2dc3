import { spawn } from 'node:child_process';
import { SetupFailed } from '../support/setup-failed.ts';

export interface CommandResult {
  readonly code: number | null;
  /** Both outputs, as they came. */
  readonly output: string;
  readonly stdout: string;
}

export interface CommandOptions {
  readonly cwd?: string | undefined;
  /** All of the environment, not only what is added. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** After so long it is ended (10 minutes). */
  readonly limitMs?: number | undefined;
}

/** Runs a program to its end, in a group of its own that is ended with it. Throws `SetupFailed` where it cannot be started. */
export function command(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd, env = process.env, limitMs = 600_000 } = options;
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const [all, out]: [string[], string[]] = [[], []];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      all.push(text);
      if (stream === child.stdout) out.push(text);
    });
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), limitMs);
  child.once('error', (cause) => {
    clearTimeout(timer);
    reject(new SetupFailed(`${program} cannot be started: ${cause.message}`, { cause }));
  });
  child.once('close', (code) => {
    clearTimeout(timer);
    resolve({ code, output: all.join(''), stdout: out.join('') });
  });
  return promise;
}

/** Its standard output, where it ended well; throws `SetupFailed` with the end of what it wrote where it did not. */
export async function succeed(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, output, stdout } = await command(program, args, options);
  if (code === 0) return stdout;
  throw new SetupFailed(
    `${program} ${args.slice(0, 6).join(' ')} ended with ${code ?? 'a signal, late'}:\n${output.slice(-3000)}`,
  );
}
