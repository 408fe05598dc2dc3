import type { ExecutionState, Header, JsonObject, Message, Outgoing, StreamName } from './messages.ts';
import { isObject } from './validate.ts';

/** The parent header of what nobody asked for. */
const nobody: JsonObject = {};

/** Bytes of stream text in one message, and how long text waits for more of it. */
const batchBytes = 64 * 2 ** 10;
const batchMs = 8;

/** Requests that are done whose output is still attributed; a timer of a cell long gone prints under the latest one. */
const rememberedRequests = 2000;
const rememberedBytes = 4 * 2 ** 20;

/** What is remembered of a request. */
export interface Origin {
  readonly identities: readonly Buffer[];
  readonly header: Header;
  /** Whether its client answers `input_request`. */
  readonly allowStdin: boolean;
}

/**
 * Everything that goes to iopub, in order and under the header of the request that caused it: streams are batched,
 * other messages flush them first.
 */
export class Output {
  readonly #publish: (message: Outgoing, text: boolean) => void;
  readonly #requests = new Map<number, Origin>();
  /** Those whose idle was published, in that order, with their bytes: only they are forgotten. */
  readonly #done = new Map<number, number>();
  #doneBytes = 0;
  #count = 0;
  #latest = 0;
  #batch: { readonly request: number; readonly name: StreamName; bytes: number } | undefined;
  /** The text of the batch: copied together at once, so that no list of little buffers grows and none keeps what was read. */
  readonly #text = Buffer.allocUnsafeSlow(batchBytes);
  #timer: NodeJS.Timeout | undefined;

  constructor(publish: (message: Outgoing, text: boolean) => void) {
    this.#publish = publish;
  }

  /** Numbers a request, so that output can be attributed to it. */
  register({ identities, header, content }: Message): number {
    const request = ++this.#count;
    const allowStdin = isObject(content) && content.allow_stdin === true;
    this.#requests.set(request, { identities, header, allowStdin });
    return request;
  }

  #forgetOldest(): void {
    for (const [oldest, bytes] of this.#done) {
      if (this.#done.size <= rememberedRequests && this.#doneBytes <= rememberedBytes) return;
      if (oldest === this.#latest) continue;
      this.#requests.delete(oldest);
      this.#done.delete(oldest);
      this.#doneBytes -= bytes;
    }
  }

  /** From now on this cell answers for output without an origin, such as that of native code. */
  answersFor(request: number): void {
    this.#latest = request;
  }

  /** The latest cell. */
  get latest(): number {
    return this.#latest;
  }

  /** The request of that number, or the latest cell. */
  originOf(request: number): Origin | undefined {
    return this.#requests.get(request) ?? this.#requests.get(this.#latest);
  }

  /** Publishes a message on behalf of a request, after the text that came before it. */
  publish(
    request: number,
    type: string,
    content: JsonObject,
    extras: { metadata?: JsonObject | undefined; buffers?: readonly Uint8Array[] | undefined } = {},
  ): void {
    this.flush();
    this.#send({
      identities: [type],
      type,
      parent: this.originOf(request)?.header ?? nobody,
      content,
      ...extras,
    });
  }

  status(request: number, state: ExecutionState): void {
    this.publish(request, 'status', { execution_state: state });
    if (state !== 'idle') return;
    const origin = this.#requests.get(request);
    if (!origin || this.#done.has(request)) return;
    const bytes = bytesOf(origin);
    this.#done.set(request, bytes);
    this.#doneBytes += bytes;
    this.#forgetOldest();
  }

  /** Says that text was lost, in a message that is not text itself and so is never lost. */
  tellCut(): void {
    const text = '\n[Output was cut here: a front end did not take it in.]\n';
    const parent = this.originOf(this.#latest)?.header ?? nobody;
    const content = { name: 'stderr', text };
    this.#publish({ identities: ['stream.stderr'], type: 'stream', parent, content }, false);
  }

  /** Greets a new subscriber of iopub (JEP 65), who from then on misses nothing. */
  welcome(topic: string): void {
    const content = { subscription: topic };
    this.#send({ identities: [topic], type: 'iopub_welcome', parent: nobody, content });
  }

  /** Text of a cell; sent when enough has come together, when anything else is published, or shortly. */
  stream(request: number, name: StreamName, text: Buffer): void {
    const batch = this.#batch;
    if (batch && (batch.request !== request || batch.name !== name)) this.flush();
    for (let at = 0; at < text.length; ) {
      const open = (this.#batch ??= { request, name, bytes: 0 });
      const end = characterEnd(text, at, Math.min(text.length, at + batchBytes - open.bytes));
      text.copy(this.#text, open.bytes, at, end);
      open.bytes += end - at;
      at = end;
      if (at < text.length || open.bytes === batchBytes) this.flush();
    }
    if (this.#batch) this.#timer ??= setTimeout(() => this.flush(), batchMs);
  }

  /** Sends the text that is waiting for more. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#batch;
    this.#batch = undefined;
    if (!batch) return;
    const { request, name, bytes } = batch;
    const parent = this.originOf(request)?.header ?? nobody;
    const content = { name, text: this.#text.toString('utf8', 0, bytes) };
    this.#send({ identities: [`stream.${name}`], type: 'stream', parent, content });
  }

  #send(message: Outgoing): void {
    this.#publish(message, message.type === 'stream');
  }
}

/** A client chooses how much its header and identities carry. */
function bytesOf({ header, identities }: Origin): number {
  return identities.reduce((sum, frame) => sum + frame.length, JSON.stringify(header).length);
}

/** The end of the last whole character of `text` from `start` to `end`, which may be inside one. */
function characterEnd(text: Buffer, start: number, end: number): number {
  if (end === text.length) return end;
  let at = end;
  while (at > start && at > end - 4 && ((text[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}
