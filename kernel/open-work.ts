import type { ExpressionOutcome } from './cell/protocol.ts';
import type { KernelError } from './errors.ts';
import type { Bundle, Failure } from './messages.ts';

/** How a cell ended. */
export interface CellOutcome {
  readonly failure: Failure | null;
  readonly expressions: Readonly<Record<string, ExpressionOutcome>>;
  /** Its result, when it had one. */
  readonly result?: Bundle | undefined;
}

/** A cell that has not ended. */
export interface OpenCell {
  readonly request: number;
  /** How often it was interrupted in vain. */
  interrupts: number;
  readonly done: (outcome: CellOutcome) => void;
}

/** Cells and comm messages that have not ended, by the numbers of their requests, and who waits for them. */
export class OpenWork {
  readonly #cells = new Map<number, OpenCell>();
  readonly #comms = new Map<number, () => void>();

  get cells(): OpenCell[] {
    return [...this.#cells.values()];
  }

  get comms(): number[] {
    return [...this.#comms.keys()];
  }

  /** Begins a cell; the promise never rejects. */
  beginCell(request: number): Promise<CellOutcome> {
    return new Promise((done) => this.#cells.set(request, { request, interrupts: 0, done }));
  }

  /** Begins a comm message. */
  beginComm(request: number): Promise<void> {
    return new Promise((resolve) => this.#comms.set(request, resolve));
  }

  /** Whether a cell of this request has not ended. */
  has(request: number): boolean {
    return this.#cells.has(request);
  }

  /** Whether it is this very cell that has not ended. */
  isOpen(cell: OpenCell): boolean {
    return this.#cells.get(cell.request) === cell;
  }

  /** Ends a cell; nothing when it has ended already. */
  end(request: number, outcome: CellOutcome): void {
    const cell = this.#cells.get(request);
    this.#cells.delete(request);
    cell?.done(outcome);
  }

  /** Ends a cell with an error of the kernel. */
  fail(request: number, { code, message }: KernelError): void {
    const failure = { ename: code, evalue: message, traceback: [`${code}: ${message}`] };
    this.end(request, { failure, expressions: {} });
  }

  /** Ends a comm message. */
  handled(request: number): void {
    this.#comms.get(request)?.();
    this.#comms.delete(request);
  }
}
