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
 * Asks front ends for input: cells of several shells may ask at once. Only the client that was asked answers, and the
 * question that its answer names; an answer that names none is one to its oldest open question.
 */
export class Stdin {
  readonly #wire: Wire;
  readonly #send: (message: Outgoing) => void;
  readonly #open = new Set<Question>();

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
    const id = randomUUID();
    this.#open.add({ id, request, answer });
    const { identities, header } = request;
    this.#send({ id, identities, type: 'input_request', parent: header, content });
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
    if (message.header.msg_type !== 'input_reply') return;
    for (const question of this.#open)
      if (isAnswer(message, question)) {
        const value: Json | undefined = (message.content as JsonObject | null)?.value;
        this.#open.delete(question);
        question.answer(
          typeof value === 'string' ? value : new InputNotAllowed('The front end gave no input'),
        );
        return;
      }
  }

  /** Forgets open questions: whoever asked has been interrupted or has died. */
  reset(): void {
    this.#open.clear();
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
