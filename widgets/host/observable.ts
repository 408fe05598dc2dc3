import { reportFailure } from './report-failure.ts';

/** A value that changes: read it, or be told. */
export interface Selection<T> {
  readonly value: T;
  /** Calls back with every new value; the function returned stops that. */
  observe(callback: (value: T) => void | Promise<void>): () => void;
}

/** A selection that its owner sets. One failing observer is reported and does not keep the others from being told. */
export class Observable<T> implements Selection<T> {
  #value: T;
  readonly #callbacks = new Set<(value: T) => void | Promise<void>>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const callback of [...this.#callbacks]) callSafely(callback, value, 'an observer of a selection');
  }

  observe(callback: (value: T) => void | Promise<void>): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }
}

/** Calls back and reports what it throws, now or later, instead of throwing. */
export function callSafely<T>(callback: (value: T) => void | Promise<void>, value: T, what: string): void {
  try {
    Promise.resolve(callback(value)).catch((error: unknown) => reportFailure(what, error));
  } catch (error) {
    reportFailure(what, error);
  }
}
