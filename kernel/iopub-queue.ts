/** Frames of one message, ready for a socket. */
export type Frames = readonly (Buffer | string | Uint8Array)[];

/** The socket behind a queue. */
export interface Subscribers {
  /** Sends to all subscribers; rejects with code `EAGAIN` when one of them has no room and `lossy` is off. */
  send(frames: Frames): Promise<void>;
  /** Whether a subscriber without room loses the message, instead of everybody waiting for it. */
  lossy(on: boolean): void;
}

/** What the owner of a queue does about subscribers that are behind. */
export interface QueueListener {
  /** Stops (or lets go) what makes output. */
  hold(on: boolean): void;
  /** Text was thrown away: publishes a notice that says so. */
  cut(): void;
}

/** Budgets of a queue. */
export interface QueueLimits {
  /**
   * Bytes (of texts: UTF-16 units) that may wait here before whoever makes them is held back. Few: texts that wait for long grow old, and a slow
   * reader would leave a hundred megabytes of them before they are collected.
   */
  readonly bytes: number;
  /** Milliseconds without any progress after which waiting text is thrown away, and no more is taken in. */
  readonly cutMs: number;
  /** Milliseconds without any progress after which a subscriber that does not read loses messages of all kinds. */
  readonly giveUpMs: number;
}

export const defaultQueueLimits: QueueLimits = { bytes: 2 ** 20, cutMs: 10_000, giveUpMs: 20_000 };

const sentEntry = { frames: [], text: false, bytes: 0 } as const;

/**
 * Messages on their way to iopub, in order. ZeroMQ would drop what a slow subscriber has no room for, silently; here
 * it waits, and holds back the cell. A subscriber that takes nothing for seconds costs text, with a notice; after a
 * third of a minute it alone loses what it does not take, and the others go on. Status messages and results outlive the cut.
 */
export class IopubQueue {
  readonly #subscribers: Subscribers;
  readonly #listener: QueueListener;
  readonly #limits: QueueLimits;
  #entries: { readonly frames: Frames; readonly text: boolean; readonly bytes: number }[] = [];
  #bytes = 0;
  #pumping: Promise<void> | undefined;
  #held = false;
  #cutting = false;
  #closed = false;

  constructor(subscribers: Subscribers, listener: QueueListener, limits: QueueLimits = defaultQueueLimits) {
    this.#subscribers = subscribers;
    this.#listener = listener;
    this.#limits = limits;
  }

  /**
   * Takes in a message; `text`: it may be cut. With `mayWait` it waits a millisecond for company; whatever is pushed
   * without it takes the messages before it along at once.
   */
  push(frames: Frames, text: boolean, mayWait = false): void {
    if (this.#closed || (text && this.#cutting)) return;
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    this.#entries.push({ frames, text, bytes });
    this.#bytes += bytes;
    if (mayWait) setTimeout(() => this.#start(), 1);
    else this.#start();
    if (this.#bytes > this.#limits.bytes) this.#hold(true);
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    this.#start();
    while (this.#pumping) await this.#pumping;
  }

  close(): void {
    this.#closed = true;
  }

  #start(): void {
    if (this.#entries.length > 0) this.#pumping ??= this.#pump();
  }

  async #pump(): Promise<void> {
    let at = 0;
    let stalledAt: number | undefined;
    let pause = 1;
    try {
      while (!this.#closed) {
        const entry = this.#entries[at];
        if (!entry) break;
        if (await this.#sent(entry.frames)) {
          this.#bytes -= entry.bytes;
          this.#entries[at++] = sentEntry;
          if (at > 256) at -= this.#entries.splice(0, at).length; // not one by one: that is quadratic
          if (this.#bytes < this.#limits.bytes / 4) this.#hold(false);
          this.#cutting = false;
          stalledAt = undefined;
          pause = 1;
          continue;
        }
        this.#entries.splice(0, at);
        at = 0;
        stalledAt ??= performance.now();
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(pause * 2, 16);
        const stalled = performance.now() - stalledAt;
        if (stalled > this.#limits.giveUpMs) await this.#sendToOthers();
        else if (stalled > this.#limits.cutMs && !this.#cutting) this.#cut();
      }
    } catch (error) {
      process.stderr.write(`furrow: publishing failed: ${String(error)}\n`);
    } finally {
      // In the same turn as the look that found nothing: a message pushed in between would wait for the next one.
      this.#entries.splice(0, this.#closed ? this.#entries.length : at);
      this.#pumping = undefined;
    }
  }

  async #sent(frames: Frames): Promise<boolean> {
    try {
      await this.#subscribers.send(frames);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      // What no socket takes would stop everything behind it: it alone is lost.
      process.stderr.write(`furrow: a message could not be published: ${String(error)}\n`);
      return true;
    }
  }

  /** The subscriber without room loses this message; ZeroMQ leaves it alone until it reads again. */
  async #sendToOthers(): Promise<void> {
    const entry = this.#entries.shift();
    if (!entry) return;
    this.#bytes -= entry.bytes;
    this.#subscribers.lossy(true);
    await this.#sent(entry.frames);
    this.#subscribers.lossy(false);
  }

  #cut(): void {
    this.#cutting = true;
    this.#entries = this.#entries.filter(({ text }) => !text);
    this.#bytes = this.#entries.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#listener.cut();
    this.#hold(false);
  }

  #hold(on: boolean): void {
    if (on === this.#held) return;
    this.#held = on;
    this.#listener.hold(on);
  }
}
