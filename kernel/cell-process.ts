import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { fileURLToPath } from 'node:url';
import { type Frame, FrameReader } from './cell/frames.ts';
import { orderFrame } from './cell/orders.ts';
import {
  type HelperOrder,
  helperDescriptor,
  type InspectorReport,
  inspectorDescriptor,
  type Order,
  orderDescriptor,
  reportDescriptor,
} from './cell/protocol.ts';
import { BrokenChannel, CellProcessDied } from './errors.ts';
import type { StreamName } from './messages.ts';

/** What the cell process tells its kernel. */
export interface CellListener {
  frame(frame: Frame): void;
  /** Text that native code or child processes wrote to the file descriptors 1 and 2. */
  native(name: StreamName, text: string): void;
  /** What its inspector says to a debugger. */
  inspector?(report: InspectorReport): void;
  /** It is gone, all its frames have been handed over. */
  died(reason: CellProcessDied): void;
}

/** A running cell process. */
export interface CellProcess {
  readonly pid: number | undefined;
  send(order: Order): void;
  /** Sends to the helper thread, which listens even while the main thread is busy. */
  sendHelper(order: HelperOrder): void;
  /** Stops reading, so that the cell process blocks at its next output once the pipe is full. */
  pause(): void;
  resume(): void;
  /** Ends it at once; `died` is not called. */
  kill(): void;
}

/** What Node prints when a process with an inspector session exits. */
const inspectorNoise = /^Waiting for the debugger to disconnect\.\.\.\n/m;

/** Whether the cell process leads a process group; on Windows it would get a console window by that. */
const ownGroup = process.platform !== 'win32';

/** How long frames may still arrive after the process has ended: a grandchild may hold its pipes open. */
const lastFramesMs = 300;

/** Starts a cell process that runs cells in `folder`. */
export function startCellProcess(
  { folder, prelude }: { folder: string; prelude?: string | undefined },
  listener: CellListener,
): CellProcess {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const program = fileURLToPath(new URL(`./cell/main${extension}`, import.meta.url));
  const child = spawn(
    process.execPath,
    [
      // Without it a terminated timer callback aborts the process.
      '--no-force-async-hooks-checks',
      '--disable-warning=ExperimentalWarning',
      program,
      '--folder',
      folder,
      ...(prelude === undefined ? [] : ['--prelude', prelude]),
    ],
    {
      cwd: folder,
      detached: ownGroup,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    },
  );
  const pipes: readonly unknown[] = child.stdio;
  const reports = pipes[reportDescriptor] as Readable;
  const orders = pipes[orderDescriptor] as Writable;
  const helper = pipes[helperDescriptor] as Writable;
  let killed = false;
  let broken = false;
  let lastWords = '';

  const reader = new FrameReader();
  reports.on('data', (chunk: Buffer) => {
    if (killed || broken) return;
    const frames: Frame[] = [];
    try {
      reader.push(chunk, frames);
    } catch (error) {
      if (!(error instanceof BrokenChannel)) throw error;
      broken = true;
      lastWords = error.message;
      child.kill('SIGKILL');
    }
    for (const frame of frames) listener.frame(frame);
  });
  const inspector = pipes[inspectorDescriptor] as Readable;
  let begun: string[] = [];
  inspector.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    const last = lines.pop() ?? '';
    if (lines.length > 0) {
      lines[0] = begun.join('') + lines[0]; // joined once: a line may have many megabytes
      begun = [];
    }
    begun.push(last);
    for (const line of lines) {
      const report = parseReport(line);
      if (report && !killed) listener.inspector?.(report);
    }
  });
  for (const stream of [reports, helper, inspector]) stream.on('error', () => undefined); // it died: `exit` tells
  // It died, or a cell closed the descriptor: nothing reaches such a process any more.
  orders.on('close', () => child.kill('SIGKILL')).on('error', () => undefined);
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder();
    child[name]?.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk).replace(inspectorNoise, '');
      if (name === 'stderr') lastWords = (lastWords + text).slice(-4096);
      if (!killed && text !== '') listener.native(name, text);
    });
  }

  /** All that it writes; native output fills memory as well as frames do. */
  const outputs = [reports, child.stdout, child.stderr];
  const resume = (): void => {
    for (const output of outputs) output?.resume();
  };

  const ended = Promise.withResolvers<void>();
  reports.on('close', () => ended.resolve());
  const end = async (reason: string): Promise<void> => {
    resume(); // its last words are few, and say why it ended
    const patience = setTimeout(ended.resolve, lastFramesMs);
    await ended.promise;
    clearTimeout(patience);
    if (!killed) listener.died(new CellProcessDied(reason));
    killed = true;
  };
  child.on('error', ({ message }) => {
    // The system names the program then, whichever of the two is missing.
    const why = existsSync(folder) ? message : `the folder ${folder} is gone. Make it again and run the cell`;
    void end(`The cell process could not be started: ${why}`);
  });
  child.on('exit', (code, signal) => {
    endGroup(child); // what it started
    void end(describeEnd(code, signal, lastWords));
  });

  return {
    pid: child.pid,
    send: (order) => void orders.write(orderFrame(order)),
    sendHelper: (order) => void helper.write(`${JSON.stringify(order)}\n`),
    pause: () => {
      for (const output of outputs) output?.pause();
    },
    resume,
    kill: () => {
      killed = true;
      endGroup(child);
    },
  };
}

/** Ends a cell process and what its cells have started, whether it still runs or not. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(ownGroup ? -pid : pid, 'SIGKILL');
  } catch {
    // ESRCH: nothing is left of it.
  }
}

/** Code of a cell may write to any descriptor: what is no report is nobody's. */
function parseReport(line: string): InspectorReport | undefined {
  try {
    return JSON.parse(line) as InspectorReport;
  } catch {
    return undefined;
  }
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null, lastWords: string): string {
  const how = /heap out of memory|Allocation failed|FatalProcessOutOfMemory/.test(lastWords)
    ? 'The cell process ran out of memory'
    : signal !== null
      ? `The cell process was ended by ${signal}`
      : `The cell process ended with exit code ${code}`;
  return `${how}. It was started again: names of earlier cells are gone, run their cells again.`;
}
