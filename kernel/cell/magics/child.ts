import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { CommandFailed, Interrupted, ProgramMissing } from '../../errors.ts';
import type { StreamName } from '../../messages.ts';
import { sendText } from '../channel.ts';
import { currentRequest, onBehalfOf } from '../context.ts';

/** A program to run, and how it is called in an error. */
export interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  readonly called: string;
  /** What to do when it is not there. */
  readonly missing: string;
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Changes what it prints, text as it comes. */
  readonly clean?: ((name: StreamName, text: string) => string) | undefined;
  /** Milliseconds that it has to end by itself once it was asked to; 0 ends it at once. */
  readonly patienceMs: number;
}

/**
 * Runs a program to its end, with what it prints in the output of this cell and nothing to read. While it runs, its
 * process group ends with an interrupt (`signal`) and with the cell process; what it leaves in the background stays.
 * Rejects with `ProgramMissing`, `CommandFailed` or `Interrupted`.
 */
export async function runCommand(command: Command, { signal }: { signal: AbortSignal }): Promise<void> {
  signal.throwIfAborted();
  const { program, folder, called, patienceMs } = command;
  const request = currentRequest();
  const child = spawn(program, [...command.arguments], {
    cwd: folder,
    env: command.environment ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  const ended = Promise.withResolvers<{ code: number | null; by: NodeJS.Signals | null }>();
  child.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    // The same code stands for a folder that is gone.
    if (code === 'ENOENT' && !existsSync(folder))
      ended.reject(new CommandFailed(`${called}: the notebook's folder ${folder} does not exist any more`));
    const how = code === 'ENOENT' ? 'was not found' : `could not be started (${message})`;
    ended.reject(new ProgramMissing(`The program ${program} ${how}. ${command.missing}`));
  });
  // `close` comes when all that it printed has been read; not before what it left in the background ends.
  child.on('close', (code, by) => ended.resolve({ code, by }));
  child.on('exit', (code, by) => void setTimeout(() => ended.resolve({ code, by }), lastOutputMs));
  const guard = pid === undefined ? undefined : guardGroup(pid);
  copy(child.stdout, 'stdout', request, command, signal);
  copy(child.stderr, 'stderr', request, command, signal);
  let insist: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    endGroup(pid, patienceMs > 0 ? 'SIGINT' : 'SIGKILL');
    if (patienceMs > 0) insist = setTimeout(() => endGroup(pid, 'SIGKILL'), patienceMs);
  };
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    const { code, by } = await ended.promise;
    if (signal.aborted) throw new Interrupted('The cell was interrupted');
    if (code !== 0)
      throw new CommandFailed(
        by === null ? `${called} ended with exit code ${code}` : `${called} was ended by ${by}`,
      );
  } finally {
    signal.removeEventListener('abort', interrupt);
    clearTimeout(insist);
    guard?.kill('SIGKILL');
  }
}

/**
 * A shell that ends the group once this process is gone, however it went: its input ends with us, and it is no child of
 * the group that is ended with the cell process.
 */
function guardGroup(pid: number): ChildProcess {
  const script = 'read -r _; kill -9 -"$1"';
  const guard = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => undefined); // without a shell the group outlives a crash
  guard.stdin?.on('error', () => undefined);
  guard.unref();
  return guard;
}

/** Milliseconds that the cell waits for output once the program has ended. */
const lastOutputMs = 200;

function copy(
  stream: Readable,
  name: StreamName,
  request: number,
  { clean }: Command,
  signal: AbortSignal,
): void {
  const decoder = new StringDecoder();
  const tell = (text: string): void => {
    if (text !== '' && !signal.aborted)
      onBehalfOf(request, () => sendText(name, clean ? clean(name, text) : text));
  };
  stream.on('data', (chunk: Buffer) => tell(decoder.write(chunk)));
  stream.on('end', () => tell(decoder.end()));
}

function endGroup(pid: number | undefined, how: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, how);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
