import type { Frame } from './cell/frames.ts';
import type { InspectorOrder, InspectorReport, Member, Order, Report } from './cell/protocol.ts';
import { CellInterrupts } from './cell-interrupts.ts';
import { type CellProcess, startCellProcess } from './cell-process.ts';
import { CellProcessDied, Interrupted, InvalidArgument } from './errors.ts';
import { LiveQuestions } from './live-questions.ts';
import type { StreamName } from './messages.ts';
import { type CellOutcome, OpenWork } from './open-work.ts';

type ExecuteOrder = Extract<Order, { type: 'execute' }>;
type CommOrder = Extract<Order, { type: 'comm' }>;
type CommReport = Extract<Report, { type: 'comm' }>;
type DisplayReport = Extract<Report, { type: 'display' }>;

/** Where cells run, what is loaded before them, and how long (ms) an interrupt waits for an answer. */
export interface CellOptions {
  readonly folder: string;
  readonly prelude?: string | undefined;
  readonly interruptMs?: number | undefined;
}

/** What cells do that front ends get to see. */
export interface CellEvents {
  stream(request: number, name: StreamName, text: Buffer): void;
  native(name: StreamName, text: string): void;
  display(request: number, display: DisplayReport): void;
  clear(request: number, wait: boolean): void;
  /** A cell changed packages or files of its folder. */
  folderChanged(): void;
  comm(request: number, comm: CommReport, buffers: readonly Buffer[]): void;
  input(
    request: number,
    question: { prompt: string; password: boolean },
    answer: (value: string | Error) => void,
  ): void;
  /** What the inspector says to a debugger. */
  inspector?(report: InspectorReport): void;
  /** A cell process was started; no order has gone to it yet. */
  started?(): void;
  /** The cell process is replaced: its comms and questions are gone. */
  gone(): void;
  /** It died. `running`: cells ran, and fail with it; else nobody else says so. */
  died(reason: CellProcessDied, running: boolean): void;
}

const defaultInterruptMs = 10_000;

/**
 * The cell process as the kernel uses it: cells (several at once, one of each shell), comm messages and questions go
 * in, outcomes come out; one that dies fails what it was working on and is replaced. While an interrupt is under way
 * orders wait, as the termination of running code may hit whatever the cell process would begin next; and so do cells
 * and comm messages while it starts, which no termination may hit at all.
 */
export class CellSession {
  readonly #options: CellOptions;
  readonly #events: CellEvents;
  #process: CellProcess | undefined;
  readonly #work = new OpenWork();
  readonly #questions = new LiveQuestions();
  readonly #interrupts: CellInterrupts;
  #held: Order[] = [];
  readonly #preparing = new Set<number>();
  #ready = false;
  #readied = Promise.withResolvers<void>();
  #holding = false;
  #closed = false;

  constructor(options: CellOptions, events: CellEvents) {
    this.#options = options;
    this.#events = events;
    this.#interrupts = new CellInterrupts({
      work: this.#work,
      send: (requests) => {
        // Held back, it may be blocked in a write, where no interrupt reaches it.
        this.#process?.resume();
        this.#process?.sendHelper({ type: 'interrupt', requests });
      },
      giveUp: () => this.#giveUp(),
      limitMs: options.interruptMs ?? defaultInterruptMs,
    });
  }

  /** Process id of the cell process while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the cell process, unless it runs. */
  start(): void {
    if (this.#process || this.#closed) return;
    this.#process = this.#startProcess();
    this.#events.started?.();
  }

  /** Asks the inspector of the cell process, which answers even while a cell runs or is stopped. */
  inspect(order: InspectorOrder): void {
    if (order.type === 'inspector') this.start();
    this.#process?.sendHelper(order);
  }

  /** Runs a cell, once `prepared` has resolved: meanwhile it can be interrupted. The promise never rejects. */
  execute(order: ExecuteOrder, prepared?: Promise<void>): Promise<CellOutcome> {
    const ended = this.#work.beginCell(order.request);
    if (prepared) void this.#sendAfter(prepared, order);
    else this.#send(order);
    return ended;
  }

  /** Hands over a comm message; resolves when its callbacks are done. */
  deliver(order: CommOrder): Promise<void> {
    const handled = this.#work.beginComm(order.request);
    this.#send(order);
    return handled;
  }

  /** Names of the live value at a path (global names that begin with `prefix` for an empty one); none from a busy process. */
  async members(path: readonly string[], prefix = ''): Promise<readonly Member[]> {
    const report = await this.#question((ask) => ({ type: 'members', ask, path, prefix }));
    return report?.type === 'members' ? report.names : [];
  }

  /** A text about the live value at a path; undefined where there is none, and from a busy process. */
  async describe(path: readonly string[]): Promise<string | undefined> {
    const report = await this.#question((ask) => ({ type: 'describe', ask, path }));
    return report?.type === 'described' ? (report.text ?? undefined) : undefined;
  }

  /**
   * Ends the cells that run or wait, or whatever else keeps the cell process busy. Resolves when it answers again; one
   * that does not in time is replaced.
   */
  async interrupt(): Promise<void> {
    this.#endHeld();
    if (this.#ready) await this.#interrupts.begin(this.#work.cells, this.#work.comms);
  }

  /**
   * Replaces the cell process on purpose: names and comms are gone, other cells that run fail. Resolves when the new
   * one is ready (or has died as well).
   */
  async restart(): Promise<void> {
    if (this.#closed) return;
    this.#process?.kill();
    this.#replace(
      new CellProcessDied(
        'The cell process was started again by another cell: names of earlier cells are gone.',
      ),
      { onPurpose: true },
    );
    this.start();
    await this.#readied.promise;
  }

  /** Holds back (or lets go) a cell process that prints more than readers take. */
  holdBack(hold: boolean): void {
    this.#holding = hold;
    if (hold && !this.#interrupts.isOpen) this.#process?.pause();
    else this.#process?.resume();
  }

  /** Ends the cell process for good. */
  close(): void {
    this.#closed = true;
    this.#readied.resolve();
    this.#interrupts.close();
    this.#process?.kill();
  }

  #startProcess(): CellProcess {
    this.#ready = false;
    this.#readied = Promise.withResolvers();
    const process = startCellProcess(this.#options, {
      frame: (frame) => this.#receive(frame),
      native: (name, text) => this.#events.native(name, text),
      inspector: (report) => this.#events.inspector?.(report),
      died: (reason) => this.#replace(reason),
    });
    if (this.#holding) process.pause();
    return process;
  }

  #send(order: Order): void {
    this.start();
    if (this.#interrupts.isOpen || (!this.#ready && isWork(order))) this.#held.push(order);
    else this.#handOver(order);
  }

  async #sendAfter(prepared: Promise<void>, order: ExecuteOrder): Promise<void> {
    this.#preparing.add(order.request);
    await prepared.catch((error: unknown) =>
      process.stderr.write(`furrow: a cell was not prepared: ${String(error)}\n`),
    );
    this.#preparing.delete(order.request);
    if (this.#work.has(order.request)) this.#send(order);
  }

  #letGoHeld(): void {
    for (const order of this.#held.splice(0)) this.#send(order);
  }

  /** Cells and comm messages that have not been sent end here. */
  #endHeld(): void {
    const held = this.#held.filter(isWork);
    this.#held = this.#held.filter((order) => !isWork(order));
    for (const { request } of held) this.#work.handled(request);
    for (const request of [...this.#preparing, ...held.map((order) => order.request)])
      this.#work.fail(request, new Interrupted('The cell was interrupted before it began'));
  }

  /** An order that cannot be sent fails by itself, instead of being waited for. */
  #handOver(order: Order): void {
    try {
      this.#process?.send(order);
    } catch (error) {
      process.stderr.write(`furrow: an order (${order.type}) could not be sent: ${String(error)}\n`);
      if (order.type === 'comm') this.#work.handled(order.request);
      else if (order.type === 'members' || order.type === 'describe')
        this.#questions.settle(order.ask, undefined);
      else if (order.type === 'execute')
        this.#work.fail(
          order.request,
          new InvalidArgument(`The cell could not be sent to its process: ${String(error)}`),
        );
    }
  }

  #receive(frame: Frame): void {
    if (frame.kind !== 'message') this.#events.stream(frame.request, frame.kind, frame.text);
    else this.#obey(frame.request, frame.message as unknown as Report, frame.buffers);
  }

  #obey(request: number, report: Report, buffers: readonly Buffer[]): void {
    switch (report.type) {
      case 'ready':
        this.#ready = true;
        this.#readied.resolve();
        this.#letGoHeld();
        return;
      case 'interrupted':
        this.#answered();
        return;
      case 'display':
        this.#events.display(request, report);
        return;
      case 'clear':
        this.#events.clear(request, report.wait);
        return;
      case 'comm':
        this.#events.comm(request, report, buffers);
        return;
      case 'folder-changed':
        this.#events.folderChanged();
        return;
      case 'handled':
        this.#work.handled(request);
        return;
      case 'done':
        this.#work.end(request, report);
        return;
      case 'ask-input':
        this.#events.input(request, report, (value) => this.#answerInput(report, value));
        return;
      case 'members':
      case 'described':
        this.#questions.settle(report.ask, report);
        return;
    }
  }

  #answerInput({ ask, sync }: { ask: number; sync: boolean }, value: string | Error): void {
    const failed = value instanceof Error;
    if (sync) this.#process?.sendHelper({ type: 'input', value: failed ? null : value });
    else if (failed) this.#send({ type: 'input-failed', ask, message: value.message });
    else this.#send({ type: 'input', ask, value });
  }

  async #question(make: Parameters<LiveQuestions['ask']>[0]): ReturnType<LiveQuestions['ask']> {
    // A process that did not answer the last question in time is busy: do not make each keystroke wait for it.
    if (!this.#ready || (this.#questions.isBlocked && this.#work.cells.length > 0)) return undefined;
    return this.#questions.ask(make, (question) => this.#send(question));
  }

  #answered(): void {
    this.#interrupts.answered();
    if (this.#holding) this.#process?.pause();
    this.#letGoHeld();
  }

  /** The interrupt was not answered: nothing else reaches that process either. */
  #giveUp(): void {
    this.#process?.kill();
    this.#replace(
      new CellProcessDied(
        'The cell process did not answer an interrupt and was ended. It was started again: names of earlier cells are gone, run their cells again.',
      ),
    );
  }

  #replace(reason: CellProcessDied, { onPurpose = false } = {}): void {
    const running = this.#work.cells;
    const wasReady = this.#ready;
    this.#process = undefined;
    this.#ready = false;
    this.#readied.resolve();
    for (const request of this.#work.comms) this.#work.handled(request);
    this.#questions.giveUp();
    this.#held = [];
    this.#interrupts.answered();
    if (this.#closed) return;
    this.#events.gone();
    if (!onPurpose) this.#events.died(reason, running.length > 0);
    for (const { request } of running) this.#work.fail(request, reason);
    // One that dies at once would die again: it is started anew only when there is something to do.
    if (wasReady) this.start();
  }
}

function isWork(order: Order): order is ExecuteOrder | CommOrder {
  return order.type === 'execute' || order.type === 'comm';
}
