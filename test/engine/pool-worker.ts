import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { serveTasks } from '../../src/engine/serve-tasks.ts';
import { BandNotFound, ProcessException } from '../../src/errors.ts';
import { isAllowedHost } from '../../src/storage/egress.ts';

export interface TestTasks {
  readonly [name: string]: { readonly input: unknown; readonly output: unknown };
  readonly double: {
    readonly input: { readonly value: number; readonly waitMs: number };
    readonly output: { readonly value: number; readonly thread: number };
  };
  readonly negate: { readonly input: Float32Array<ArrayBuffer>; readonly output: Float32Array<ArrayBuffer> };
  readonly twice: { readonly input: Float64Array<ArrayBuffer>; readonly output: Float64Array<ArrayBuffer>[] };
  readonly allowed: { readonly input: string; readonly output: boolean };
  readonly fail: { readonly input: string; readonly output: never };
  readonly die: { readonly input: number; readonly output: never };
  /** Counts in the first element while its thread lives, and answers with more nesting than the main thread can read. */
  readonly nest: { readonly input: Int32Array<SharedArrayBuffer>; readonly output: unknown };
  readonly spin: { readonly input: null; readonly output: never };
}

serveTasks<TestTasks>({
  double: async (input) => {
    const { value, waitMs } = input as TestTasks['double']['input'];
    await sleep(waitMs);
    return { output: { value: value * 2, thread: threadId } };
  },
  negate: async (input) => {
    const output = (input as Float32Array<ArrayBuffer>).map((value) => -value);
    return { output, transfer: [output.buffer] };
  },
  twice: async (input) => {
    const column = input as Float64Array<ArrayBuffer>;
    return { output: [column, column], transfer: [column.buffer, column.buffer] };
  },
  allowed: async (address) => ({ output: isAllowedHost(new URL(address as string)) }),
  fail: async (kind) => {
    if (kind === 'band') throw new BandNotFound('there is no band here');
    if (kind === 'exception') throw new ProcessException('DimensionNotAvailable', 'no such dimension');
    throw new RangeError('a bug');
  },
  die: async (code) => process.exit(code as number),
  nest: async (input) => {
    const beats = input as Int32Array<SharedArrayBuffer>;
    setInterval(() => Atomics.add(beats, 0, 1), 1);
    let output: unknown = null;
    for (let depth = 0; depth < 6000; depth++) output = { output };
    return { output };
  },
  spin: async () => {
    for (;;);
  },
});
