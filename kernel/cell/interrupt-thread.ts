import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { openInspectorRelay } from './inspector-relay.ts';
import { inputState, shared } from './interrupt.ts';
import { endOwnGroup, signalGroup } from './own-group.ts';
import { type HelperOrder, helperDescriptor } from './protocol.ts';

/**
 * The helper thread of the cell process. An interrupt first pokes the main thread: one that is only waiting answers
 * and ends its cell itself. A main thread that does not answer is running something, which is terminated; then poked
 * again, until it answers, as the next callback may spin as well. A terminate must never reach an idle thread: it
 * would kill the next callback instead, which is why the poke comes first.
 */
const memory = workerData as SharedArrayBuffer;
const cells = new Int32Array(memory, 0, 4);
const text = Buffer.from(memory, shared.text);
const inspector = new Session();
inspector.connectToMainThread();
const relay = openInspectorRelay();

/** Milliseconds that the main thread has to answer a poke; 1 GC pause of a large heap fits. */
const patience = 30;

/**
 * No termination reaches a thread that waits for a child (`execSync`). As in a terminal the child is interrupted, too,
 * and ended when it does not listen: signals, and milliseconds after the interrupt.
 */
const endOfWaiting: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 50],
  ['SIGTERM', 1000],
  ['SIGKILL', 2500],
];

let interrupting = false;
let count = 0;

async function interrupt(requests: readonly number[]): Promise<void> {
  if (interrupting) return;
  interrupting = true;
  count += 1;
  giveInput(inputState.interrupted);
  const poke = { interrupt: count, requests };
  parentPort?.postMessage(poke);
  relay.letGo(); // a paused thread answers nobody
  const since = performance.now();
  const signals = [...endOfWaiting];
  for (let wait = patience; !(await acknowledged(wait)); wait = 10) {
    if (Atomics.load(cells, shared.shielded) === 1) continue;
    inspector.post('Runtime.terminateExecution');
    parentPort?.postMessage(poke);
    const [next] = signals;
    if (next && performance.now() - since > next[1]) {
      signalGroup(next[0]);
      signals.shift();
    }
  }
  relay.holdAgain();
  interrupting = false;
}

async function acknowledged(milliseconds: number): Promise<boolean> {
  const { async, value } = Atomics.waitAsync(cells, shared.acknowledged, count - 1, milliseconds);
  if (async) await value;
  return Atomics.load(cells, shared.acknowledged) === count;
}

function giveInput(state: number): void {
  Atomics.store(cells, shared.inputState, state);
  Atomics.notify(cells, shared.inputState);
}

function obey(order: HelperOrder): void {
  if (order.type === 'interrupt') void interrupt(order.requests);
  else if (order.type !== 'input') relay.obey(order);
  else if (order.value === null) giveInput(inputState.refused);
  else {
    Atomics.store(cells, shared.inputBytes, text.write(order.value));
    giveInput(inputState.given);
  }
}

const orders = new Socket({ fd: helperDescriptor, readable: true, writable: false });
let rest = '';
orders.setEncoding('utf8');
orders.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) obey(JSON.parse(line) as HelperOrder);
});
// The kernel is gone, and the main thread may be too busy to notice.
orders.on('close', endOwnGroup);
