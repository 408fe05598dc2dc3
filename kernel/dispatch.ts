import { InvalidRequest, KernelError, NotBuilt, RefusedMessage } from './errors.ts';
import type { Json, JsonObject, Message, Outgoing, RequestChannel } from './messages.ts';
import type { Output } from './output.ts';
import { type Shell, Subshells } from './subshells.ts';
import type { Wire } from './wire.ts';

/** A verified request and what output on its behalf is numbered with. */
export interface Request extends Message {
  readonly channel: RequestChannel;
  readonly number: number;
}

/** Answers one type of request: the content of its reply without `status`, which is `ok` unless given. */
export type Handler = (request: Request) => JsonObject | Promise<JsonObject>;

/** What the dispatcher needs of the kernel. */
export interface DispatchParts {
  readonly wire: Wire;
  readonly output: Output;
  readonly send: (channel: RequestChannel, message: Outgoing) => void;
  /** Handlers by request type, answered at once. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Handlers of requests that wait for the cells before them. */
  readonly queued: Readonly<Record<string, Handler>>;
  /** Handles comm messages; they have no reply, and say when they are done. */
  readonly comm: (request: Request) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How long after an error a cell that was sent before it may still arrive to be aborted with the queue. */
const abortWindowMs = 150;

/**
 * Routes requests: one reply and one busy/idle pair each, whatever their content. Cells (and what asks about them) of
 * one shell run one after the other, beside those of its subshells; everything else is answered while a cell runs.
 * Comm messages go to no shell, whichever their header names, and get their pair when no cell of any shell is
 * open: an `idle` in the middle of a cell would make front ends show an idle kernel (JupyterLab's status bar), and none
 * at all would leave a widget waiting for ever (@jupyter-widgets/base sends no more before the idle of what it sent).
 */
export class Dispatcher {
  readonly #parts: DispatchParts;
  readonly #subshells = new Subshells<Request>();
  /** Requests of all shells that are being worked on. */
  readonly #running = new Map<Request, Shell<Request>>();
  /** Comm messages that still want a status: `busy` was published, or a cell runs and they are at work, or handled. */
  readonly #comms = new Map<number, 'busy' | 'waiting' | 'handled'>();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  /** Takes in the frames of one message. */
  receive(channel: RequestChannel, frames: readonly Buffer[]): void {
    let message: Message;
    try {
      message = this.#parts.wire.decode(frames);
    } catch (error) {
      if (!(error instanceof RefusedMessage)) throw error;
      return; // no answer at all: whoever sent it does not have the key
    }
    const request: Request = { ...message, channel, number: this.#parts.output.register(message) };
    this.#route(request);
  }

  #route(request: Request): void {
    const { output, queued, handlers } = this.#parts;
    const type = request.header.msg_type;
    if (/^comm_(open|msg|close)$/.test(type)) {
      void this.#comm(request);
      return;
    }
    let shell = this.#subshells.main;
    try {
      // On the control channel there are no subshells.
      if (request.channel === 'shell') shell = this.#subshells.of(request.header.subshell_id);
    } catch (error) {
      void this.#answer(request, () => Promise.reject(error));
      return;
    }
    if (Object.hasOwn(queued, type)) this.#lineUp(request, shell);
    else if (Object.hasOwn(handlers, type)) void this.#answer(request, handlers[type] as Handler);
    else if (type.endsWith('_request')) void this.#answer(request, refuse);
    else {
      output.status(request.number, 'busy');
      output.status(request.number, 'idle');
    }
  }

  /** Aborts all cells that wait in the shell of a request, and those sent before now that are still on their way. */
  abortQueue(failed: Request): void {
    const shell = this.#running.get(failed) ?? this.#subshells.main;
    shell.failedAt = this.#parts.now();
    for (const request of shell.takeWaiting())
      if (request.header.msg_type === 'execute_request') this.#abort(request);
      else shell.putBack(request);
  }

  /** Opens a subshell; its id. */
  createSubshell(): string {
    return this.#subshells.create();
  }

  /** Ids of the open subshells. */
  listSubshells(): string[] {
    return this.#subshells.list();
  }

  /** Closes a subshell: what waits in it is aborted, the cell that runs in it goes on to its end. */
  deleteSubshell(id: string): void {
    for (const request of this.#subshells.delete(id).takeWaiting()) this.#abort(request);
  }

  #lineUp(request: Request, shell: Shell<Request>): void {
    if (request.header.msg_type === 'execute_request' && this.#isLate(request, shell)) this.#abort(request);
    else void shell.push(request, (next) => this.#work(next, shell));
  }

  async #work(request: Request, shell: Shell<Request>): Promise<void> {
    if (this.#running.size === 0) this.#endComms();
    this.#running.set(request, shell);
    try {
      await this.#answer(request, this.#parts.queued[request.header.msg_type] as Handler);
    } catch (error) {
      process.stderr.write(`furrow: ${request.header.msg_type} failed: ${String(error)}\n`);
    } finally {
      this.#running.delete(request);
    }
    if (this.#running.size === 0) this.#tellComms();
  }

  async #answer(request: Request, handler: Handler): Promise<void> {
    const { output } = this.#parts;
    output.status(request.number, 'busy');
    let content: JsonObject;
    try {
      content = { status: 'ok', ...(await handler(request)) };
    } catch (error) {
      content = errorContent(error);
    }
    try {
      this.#reply(request, content);
    } catch (error) {
      this.#reply(request, errorContent(error)); // what the handler gave is no JSON
    } finally {
      output.status(request.number, 'idle');
    }
  }

  async #comm(request: Request): Promise<void> {
    const { output, comm } = this.#parts;
    const { number } = request;
    const open = this.#running.size > 0;
    this.#comms.set(number, open ? 'waiting' : 'busy');
    if (!open) output.status(number, 'busy');
    try {
      await comm(request);
    } catch (error) {
      process.stderr.write(`furrow: ${request.header.msg_type} failed: ${String(error)}\n`);
    } finally {
      const state = this.#comms.get(number);
      if (state === 'waiting') this.#comms.set(number, 'handled');
      if (state === 'busy') this.#endComm(number);
    }
  }

  /** The last open cell has ended: those that came meanwhile get the status that they could not have then. */
  #tellComms(): void {
    for (const [number, state] of this.#comms) {
      if (state === 'busy') continue;
      this.#parts.output.status(number, 'busy');
      if (state === 'handled') this.#endComm(number);
      else this.#comms.set(number, 'busy');
    }
  }

  /** A cell begins: what comm messages still do goes on without a status of their own. */
  #endComms(): void {
    for (const number of this.#comms.keys()) this.#endComm(number);
  }

  #endComm(number: number): void {
    this.#comms.delete(number);
    this.#parts.output.status(number, 'idle');
  }

  #isLate({ header }: Request, { failedAt }: Shell<Request>): boolean {
    const { now } = this.#parts;
    if (now() - failedAt > abortWindowMs) return false;
    const date: unknown = header.date; // whatever JSON the client sent
    const sent = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    return Number.isNaN(sent) || sent < failedAt;
  }

  #abort(request: Request): void {
    const { output } = this.#parts;
    output.status(request.number, 'busy');
    this.#reply(request, { status: 'aborted' });
    output.status(request.number, 'idle');
  }

  #reply({ channel, identities, header }: Request, content: JsonObject): void {
    // Output of the request goes first, so that a client that waits for the reply alone has it.
    this.#parts.output.flush();
    const type = header.msg_type.replace(/_request$/, '_reply');
    this.#parts.send(channel, { identities, type, parent: header, content });
  }
}

function refuse({ header }: Request): never {
  throw new NotBuilt(`This kernel does not answer ${header.msg_type}`);
}

/** Content of an error reply. What is not an error of ours is a defect, told with its stack. */
export function errorContent(error: unknown): JsonObject {
  const known = error instanceof KernelError;
  const { name, message, stack } = error instanceof Error ? error : new InvalidRequest(String(error));
  const traceback: Json = known ? [`${error.code}: ${message}`] : (stack ?? message).split('\n');
  return { status: 'error', ename: known ? error.code : name, evalue: message, traceback };
}
