import { parseArgs } from 'node:util';
import { Interrupted } from '../errors.ts';
import { typeSettings } from '../type-settings.ts';
import { openCellRunner } from './cell-runner.ts';
import { report, sendText } from './channel.ts';
import { openComms } from './comms.ts';
import { openConsole } from './console.ts';
import { openDebugHooks } from './debug-hooks.ts';
import { makeDisplay } from './display.ts';
import { openEvaluator } from './evaluate.ts';
import { describeFailure } from './failure.ts';
import { makeFollow } from './follow.ts';
import { openImporter, requireFrom } from './imports.ts';
import { openInputDesk } from './input.ts';
import { startHelper } from './interrupt.ts';
import { openMagics } from './magics/magics.ts';
import { noteOwnNames } from './magics/own-names.ts';
import { describeAt, membersAt } from './members.ts';
import { optimizeLater, tidyWhenIdle } from './memory.ts';
import { receiveOrders } from './orders.ts';
import { endOwnGroup } from './own-group.ts';
import { loadPrelude } from './prelude.ts';
import { makeProgress } from './progress.ts';
import type { Order } from './protocol.ts';
import { useUntilEnd } from './resources.ts';
import { openTimers } from './timers.ts';
import { tslabModule } from './tslab.ts';

/**
 * The cell process: `main.ts --folder FOLDER [--prelude FILE]`, started by the kernel with the descriptors of
 * `protocol.ts`. Runs the code of cells on this thread, for as long as the kernel lives.
 */
const { values } = parseArgs({ options: { folder: { type: 'string' }, prelude: { type: 'string' } } });
const folder = values.folder ?? process.cwd();

const optimize = optimizeLater();
openConsole();
openTimers();
openDebugHooks();
const evaluator = openEvaluator();
const helper = startHelper((requests) => {
  desk.interrupt();
  runner.interrupt(requests);
  report({ type: 'interrupted' }, [], 0);
});
const desk = openInputDesk(helper);
const { comms, deliver } = openComms();
const display = makeDisplay();
const { input, prompt } = desk;

const own = new Map<string, () => Promise<object> | object>([['tslab', () => tslabModule(display)]]);
define({ display, comms, input, prompt, require: requireFrom(folder, own) });
define({
  progress: makeFollow(makeProgress(display)),
  updateDisplay: display.update,
  clearOutput: display.clear,
});
Object.defineProperty(globalThis, 'furrow.using', { value: useUntilEnd });
Object.defineProperty(globalThis, 'furrow.import', { value: openImporter(folder, own) });

const api = { comms, display, input, signal: () => runner.signal() };
const { prelude: file } = values;
const prelude = file === undefined ? undefined : loadPrelude(file, api);
if (prelude) own.set('furrow', () => prelude);
const ready = prelude ?? Promise.resolve();
// Before the first cell, which waits for the same promise.
ready.then(noteOwnNames, noteOwnNames);
const magics = openMagics({ display, evaluator, folder, signal: () => runner.signal() });
Object.defineProperty(globalThis, 'furrow.magic', { value: magics });
const runner = openCellRunner({ evaluator, deliver, ready, shield: helper.shield });

receiveOrders(obey, endOwnGroup);
process.on('uncaughtException', (error) => tell('Uncaught', error));
process.on('unhandledRejection', (error) => tell('Unhandled rejection:', error));
// Ctrl-C in a terminal reaches the whole process group; interrupts are the kernel's to send.
process.on('SIGINT', () => undefined);
// Not before the prelude: one that kills its process would be started again for ever.
const tellReady = (): void => report({ type: 'ready' }, [], 0);
ready.then(tellReady, tellReady);
let uses = 0;
tidyWhenIdle(
  { ready, busy: runner.busy, uses: () => uses },
  typeSettings(process.env, () => undefined),
);

function obey(order: Order): void {
  uses += 1;
  if (order.type === 'execute' || order.type === 'comm') optimize();
  if (order.type === 'execute') runner.execute(order);
  else if (order.type === 'comm') runner.deliver(order);
  else if (order.type === 'input') desk.answer(order.ask, order.value);
  else if (order.type === 'input-failed') desk.refuse(order.ask, order.message);
  else if (order.type === 'members')
    report({ type: 'members', ask: order.ask, names: membersAt(order.path, order.prefix, evaluator) }, [], 0);
  else if (order.type === 'describe')
    report({ type: 'described', ask: order.ask, text: describeAt(order.path, evaluator) ?? null }, [], 0);
}

function tell(what: string, error: unknown): void {
  if (error instanceof Interrupted) return; // the last of a cell that was interrupted
  sendText('stderr', `${what} ${describeFailure(error).traceback.join('\n')}\n`);
}

/** Globals of cells: cells may declare the names anew, so they stay configurable. */
function define(names: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(names))
    Object.defineProperty(globalThis, name, { configurable: true, writable: true, value });
}
