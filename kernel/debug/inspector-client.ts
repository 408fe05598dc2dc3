import type { InspectorOrder, InspectorReport } from '../cell/protocol.ts';
import { DebugRefused } from '../errors.ts';

/** What has an inspector: the cell process, when there is one. */
export type InspectorSend = (order: InspectorOrder) => void;

/** Milliseconds that an answer may take; the inspector answers between any two statements, but not in native code. */
const patienceMs = 5000;

/** Requests to the inspector of the cell process (Chrome DevTools Protocol), and their answers. */
export class InspectorClient {
  readonly #send: InspectorSend;
  readonly #open = new Map<number, PromiseWithResolvers<object>>();
  #count = 0;

  constructor(send: InspectorSend) {
    this.#send = send;
  }

  /** Rejects with `DebugRefused`: with the inspector's own words, when the process ends, or does not answer in time. */
  async request<T = unknown>(method: string, parameters: object = {}, limitMs = patienceMs): Promise<T> {
    const id = ++this.#count;
    const answer = Promise.withResolvers<object>();
    this.#open.set(id, answer);
    const seconds = limitMs / 1000;
    const late = () =>
      answer.reject(
        new DebugRefused(
          `The cell process did not answer in ${seconds} s: it may be in a call that blocks it`,
        ),
      );
    const timer = setTimeout(late, limitMs);
    this.#send({ type: 'inspector', id, method, parameters });
    try {
      return (await answer.promise) as T;
    } finally {
      clearTimeout(timer);
      this.#open.delete(id);
    }
  }

  /** An answer came. */
  receive(report: Exclude<InspectorReport, { method: string }>): void {
    const answer = this.#open.get(report.id);
    if ('error' in report) answer?.reject(new DebugRefused(report.error));
    else answer?.resolve(report.result);
  }

  /** Nobody will answer any more. */
  lose(): void {
    for (const { reject } of this.#open.values()) reject(new DebugRefused('The cell process ended'));
    this.#open.clear();
  }

  /** Gives up the session, which lets go what is paused. */
  close(): void {
    this.#send({ type: 'inspector-close' });
    this.lose();
  }
}
