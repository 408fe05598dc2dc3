import { parentPort, type Transferable } from 'node:worker_threads';
import { TaskFailed } from '../errors.ts';
import { allowHosts } from '../storage/egress.ts';
import type { TaskTypes, WorkerAnswer, WorkerTask } from './pool.ts';
import { describeError } from './wire-error.ts';

/** What a task gives back, and which of its buffers (each named once or more) may move instead of being copied. */
export interface TaskResult<Output> {
  readonly output: Output;
  readonly transfer?: readonly Transferable[] | undefined;
}

/** The worker's side of a pool: answers each task by its handler. To be called once, at the top of a worker module. */
export function serveTasks<Tasks extends TaskTypes>(
  handlers: {
    readonly [Name in keyof Tasks & string]: (
      input: Tasks[Name]['input'],
    ) => Promise<TaskResult<Tasks[Name]['output']>>;
  },
): void {
  const port = parentPort;
  if (port === null) throw new TaskFailed('a worker module was loaded outside of a worker thread');
  const answer = async ({ name, input, hosts }: WorkerTask): Promise<void> => {
    try {
      allowHosts(hosts);
      const handler = handlers[name];
      if (handler === undefined) throw new TaskFailed(`the worker has no task '${name}'`);
      const { output, transfer = [] } = await handler(input);
      port.postMessage({ output } satisfies WorkerAnswer, [...new Set(transfer)]);
    } catch (error) {
      port.postMessage({ error: describeError(error) } satisfies WorkerAnswer);
    }
  };
  port.on('message', (task: WorkerTask) => void answer(task));
}
