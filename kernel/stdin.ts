import { InputNotAllowed, RefusedMessage } from './errors.ts';
import type { Json, JsonObject, Message, Outgoing } from './messages.ts';
import type { Origin } from './output.ts';
import type { Wire } from './wire.ts';

/** Asks front ends for input. One question at a time is open for each client, as front ends show one field. */
export class Stdin {
  readonly #wire: Wire;
  readonly #send: (message: Outgoing) => void;
  #open: { request: Origin; answer: (value: string | Error) => void } | undefined;
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
      this.#open = { request, answer };
      const { identities, header } = request;
      this.#send({ identities, type: 'input_request', parent: header, content });
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
    if (message.header.msg_type !== 'input_reply' || !open) return;
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
