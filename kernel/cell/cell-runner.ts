import { types } from 'node:util';
import { transformCell } from '../compiler/transform.ts';
import { Interrupted, InvalidArgument } from '../errors.ts';
import type { Bundle, Failure } from '../messages.ts';
import { bundleOf } from './bundle.ts';
import { report, sendText } from './channel.ts';
import { currentRequest, markInterrupted, onBehalfOf, setLatestCell } from './context.ts';
import { countDisplays, displaysSent, forgetDisplays } from './display.ts';
import { type Evaluator, removeToJson } from './evaluate.ts';
import { describeFailure } from './failure.ts';
import { timedRun } from './magics/time.ts';
import { interruptBars } from './progress.ts';
import type { ExpressionOutcome, Order } from './protocol.ts';
import { closeResources, withResources } from './resources.ts';

type ExecuteOrder = Extract<Order, { type: 'execute' }>;
type CommOrder = Extract<Order, { type: 'comm' }>;

/** Runs cells, those of subshells side by side, and the handlers of comm messages beside them. */
export interface CellRunner {
  execute(order: ExecuteOrder): void;
  deliver(order: CommOrder): void;
  /**
   * Ends these cells and gives up on these comm messages. Those that have not arrived yet, as this thread was busy, end
   * as soon as they do.
   */
  interrupt(requests: readonly number[]): void;
  /** Aborted when the current request is interrupted. */
  signal(): AbortSignal;
  /** Whether a cell or a comm message is at work. */
  busy(): boolean;
}

/** What a runner needs; `ready` is the prelude, which cells and comm messages wait for. */
export interface CellParts {
  readonly evaluator: Evaluator;
  readonly deliver: (order: CommOrder) => Promise<void>;
  readonly ready: Promise<unknown>;
  /** Runs what must not be terminated in the middle. */
  readonly shield: <T>(work: () => T) => T;
}

/** Makes the runner of a cell process. */
export function openCellRunner({ evaluator, deliver, ready, shield }: CellParts): CellRunner {
  /** Requests at work, and how to end them. */
  const open = new Map<number, { controller: AbortController; interrupt: () => void }>();
  const condemned = new Set<number>();
  let warning: string | undefined;
  const prepared = ready.then(
    () => undefined,
    (error: unknown) => {
      warning = `The prelude could not be loaded, cells run without it.\n${describeFailure(error).traceback.join('\n')}\n`;
    },
  );

  /** Runs `work` as this request; the promise settles with it, or with `Interrupted`, whichever comes first. */
  const begin = async (request: number, work: () => Promise<void>): Promise<void> => {
    if (condemned.delete(request)) throw new Interrupted('The cell was interrupted');
    const controller = new AbortController();
    countDisplays(request);
    const interrupted = new Promise<never>((_resolve, reject) => {
      const interrupt = () => {
        const reason = new Interrupted('The cell was interrupted');
        controller.abort(reason);
        reject(reason);
      };
      open.set(request, { controller, interrupt });
    });
    try {
      await Promise.race([interrupted, prepared.then(() => onBehalfOf(request, work))]);
    } finally {
      open.delete(request);
      forgetDisplays(request);
      // What an interrupt left open; nobody waits for it.
      onBehalfOf(request, () => closeResources(request)).catch(() => undefined);
    }
  };

  const runCell = async ({
    request,
    code,
    cell,
    script: name,
    tellsErrors,
  }: ExecuteOrder): Promise<Bundle | undefined> => {
    for (const told of [warning, removeToJson()]) if (told !== undefined) sendText('stderr', told);
    warning = undefined;
    const { code: script, timed } = shield(() => transformCell(code, { cell: name ?? cell, declared }));
    const { value } = await (timed
      ? timedRun(() => evaluate(script, tellsErrors))
      : evaluate(script, tellsErrors));
    const shown = value === undefined ? undefined : await bundleOf(value);
    await displaysSent(request);
    return shown && Object.keys(shown.data).length > 0 ? shown : undefined;
  };

  const declared = (name: string): boolean => name in globalThis || evaluator.declaredNames().includes(name);

  /** In a box: a proxy that answers to every name has a `then` as well, which a promise of it would wait for. */
  const evaluate = async (script: string, tellsErrors = false): Promise<{ readonly value: unknown }> => {
    const outcome = await evaluator.run(script, { tellsErrors });
    if (outcome.kind === 'terminated') {
      interruptBars(currentRequest());
      throw new Interrupted('The cell was interrupted');
    }
    if (outcome.kind === 'thrown') throw outcome.error;
    const { value } = outcome;
    return { value: types.isProxy(value) ? value : await value };
  };

  const evaluateExpressions = async (order: ExecuteOrder): Promise<Record<string, ExpressionOutcome>> => {
    const outcomes: Record<string, ExpressionOutcome> = Object.create(null);
    for (const [at, [name, expression]] of Object.entries(order.expressions).entries()) {
      try {
        const { value } = await evaluate(
          shield(() => transformCell(expression, { cell: `expression-${order.request}-${at}` }).code),
        );
        outcomes[name] = { status: 'ok', ...(await bundleOf(value)) };
      } catch (error) {
        outcomes[name] = { status: 'error', ...describeFailure(error) };
      }
    }
    return outcomes;
  };

  const execute = async (order: ExecuteOrder): Promise<void> => {
    setLatestCell(order.request);
    let failure: Failure | null = null;
    let result: Bundle | undefined;
    let expressions: Record<string, ExpressionOutcome> = {};
    try {
      await begin(order.request, async () => {
        await withResources(order.request, async () => {
          result = await runCell(order);
        });
        expressions = await evaluateExpressions(order);
      });
    } catch (error) {
      failure = describeFailure(error);
    }
    try {
      report({ type: 'done', failure, result, expressions }, [], order.request);
    } catch (error) {
      // JSON of more than half a gigabyte; a cell that is never done would be waited for.
      const reason = `The result could not be sent (${String(error)}): it has to be smaller, or shown in parts`;
      failure = describeFailure(new InvalidArgument(reason));
      report({ type: 'done', failure, expressions: {} }, [], order.request);
    }
  };

  const handle = async (order: CommOrder): Promise<void> => {
    const { request } = order;
    try {
      await begin(request, async () => {
        await deliver(order);
        await displaysSent(request);
      });
    } catch (error) {
      // Who was interrupted prints no more, and knows why.
      if (error instanceof Interrupted) return report({ type: 'handled' }, [], request);
      const told = `In a callback of the comm ${order.target}: ${describeFailure(error).traceback.join('\n')}\n`;
      onBehalfOf(request, () => sendText('stderr', told));
    }
    report({ type: 'handled' }, [], request);
  };

  const idle = new AbortController().signal;
  return {
    execute: (order) => void execute(order),
    deliver: (order) => void handle(order),
    interrupt: (requests) => {
      for (const request of requests) {
        const work = open.get(request);
        if (!work) condemned.add(request);
        else {
          onBehalfOf(request, () => interruptBars(request));
          markInterrupted(request);
          work.interrupt();
        }
      }
    },
    signal: () => open.get(currentRequest())?.controller.signal ?? idle,
    busy: () => open.size > 0,
  };
}
