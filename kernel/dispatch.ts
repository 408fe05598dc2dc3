import { InvalidRequest, KernelError, NotBuilt, RefusedMessage } from './errors.ts';
import type { Json, JsonObject, Message, Outgoing, RequestChannel } from './messages.ts';
import type { Output } from './output.ts';
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
 * Routes requests: one reply and one busy/idle pair each, whatever their content. Cells (and what asks about them) run
 * one after the other; everything else is answered while a cell runs. Comm messages get their pair when no cell is
 * open: an `idle` in the middle of a cell would make front ends show an idle kernel (JupyterLab's status bar), and none
 * at all would leave a widget waiting for ever (@jupyter-widgets/base sends no more before the idle of what it sent).
 */
export class Dispatcher {
  readonly #parts: DispatchParts;
  readonly #queue: Request[] = [];
  /** Comm messages that still want a status: `busy` was published, or a cell runs and they are at work, or handled. */
  readonly #comms = new Map<number, 'busy' | 'waiting' | 'handled'>();
  #running: Request | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  /** The request of the cell that runs. */
  get running(): Request | undefined {
    return this.#running;
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
    if (/^comm_(open|msg|close)$/.test(type)) void this.#comm(request);
    else if (type === 'execute_request' && this.#isLate(request)) this.#abort(request);
    else if (Object.hasOwn(queued, type)) {
      this.#queue.push(request);
      void this.#drain();
    } else if (Object.hasOwn(handlers, type)) void this.#answer(request, handlers[type] as Handler);
    else if (type.endsWith('_request')) void this.#answer(request, refuse);
    else {
      output.status(request.number, 'busy');
      output.status(request.number, 'idle');
    }
  }

  /** Aborts all cells that wait, and those sent before now that are still on their way. */
  abortQueue(): void {
    this.#failedAt = this.#parts.now();
    for (const request of this.#queue.splice(0))
      if (request.header.msg_type === 'execute_request') this.#abort(request);
      else this.#queue.push(request);
  }

  async #drain(): Promise<void> {
    if (this.#running) return;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      this.#running = next;
      this.#endComms();
      try {
        await this.#answer(next, this.#parts.queued[next.header.msg_type] as Handler);
      } catch (error) {
        process.stderr.write(`furrow: ${next.header.msg_type} failed: ${String(error)}\n`);
      } finally {
        this.#running = undefined;
      }
      this.#tellComms();
    }
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
    this.#comms.set(number, this.#running ? 'waiting' : 'busy');
    if (!this.#running) output.status(number, 'busy');
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

  /** A cell has ended: those that came meanwhile get the status that they could not have then. */
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

  #isLate({ header }: Request): boolean {
    const { now } = this.#parts;
    if (now() - this.#failedAt > abortWindowMs) return false;
    const date: unknown = header.date; // whatever JSON the client sent
    const sent = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    return Number.isNaN(sent) || sent < this.#failedAt;
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
