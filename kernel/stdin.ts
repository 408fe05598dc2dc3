import { randomUUID } from 'node:crypto';
import { InputNotAllowed, RefusedMessage } from './errors.ts';
import type { Json, JsonObject, Message, Outgoing } from './messages.ts';
import type { Origin } from './output.ts';
import type { Wire } from './wire.ts';

interface Question {
  readonly id: string;
  readonly request: Origin;
  readonly answer: (value: string | Error) => void;
}

/**
 * Asks front ends for input. One question is open at a time, whichever client it went to, and only that client's answer
 * to that very question counts.
 */
export class Stdin {
  readonly #wire: Wire;
  readonly #send: (message: Outgoing) => void;
  #open: Question | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(wire: Wire, send: (message: Outgoing) => void) {
    this.#wire = wire;
    this.#send = send;
  }

  /** Asks the client that sent `request`; refuses where that client takes no input. */
  ask(request: Origin, content: JsonObject, answer: (value: string | Error) => void): void {
    if (!request.allowStdin) {
      answer(new InputNotAllowed('This front end takes no input (allow_stdin is false)'));
      return;
    }
    const begin = () => {
      const id = randomUUID();
      this.#open = { id, request, answer };
      const { identities, header } = request;
      this.#send({ id, identities, type: 'input_request', parent: header, content });
    };
    if (this.#open) this.#waiting.push(begin);
    else begin();
  }

  /** Takes in frames from the stdin channel; an answer to nothing is ignored. */
  receive(frames: readonly Buffer[]): void {
    let message: Message;
    try {
      message = this.#wire.decode(frames);
    } catch (error) {
      if (error instanceof RefusedMessage) return;
      throw error;
    }
    const open = this.#open;
    if (message.header.msg_type !== 'input_reply' || !open || !isAnswer(message, open)) return;
    const value: Json | undefined = (message.content as JsonObject | null)?.value;
    this.#open = undefined;
    open.answer(typeof value === 'string' ? value : new InputNotAllowed('The front end gave no input'));
    this.#waiting.shift()?.();
  }

  /** Forgets open questions: whoever asked has been interrupted or has died. */
  reset(): void {
    this.#open = undefined;
    this.#waiting.length = 0;
  }
}

/** Clients of the terminal leave the parent header empty; others name the question, or the cell that asks. */
function isAnswer({ identities, parent }: Message, { id, request }: Question): boolean {
  const from = request.identities;
  if (identities.length !== from.length || !identities.every((frame, at) => from[at]?.equals(frame)))
    return false;
  const { msg_id: answered } = parent;
  return answered === undefined || answered === id || answered === request.header.msg_id;
}
