import { randomUUID } from 'node:crypto';
import { InvalidRequest, SubshellUnknown } from './errors.ts';

/** Subshells of one kernel at most: front ends open one per console or comm target. */
export const mostSubshells = 1000;

/** A line of requests that are worked on one after the other, beside those of other shells. */
export class Shell<T> {
  readonly #waiting: T[] = [];
  #running: T | undefined;
  /** When a request of this shell failed and took the others with it; milliseconds since 1970. */
  failedAt = Number.NEGATIVE_INFINITY;

  /** Lines a request up; `work` is called when it is its turn, and must not reject. */
  async push(request: T, work: (request: T) => Promise<void>): Promise<void> {
    this.#waiting.push(request);
    if (this.#running !== undefined) return;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#running = next;
      await work(next);
      this.#running = undefined;
    }
  }

  /** Takes out those that wait. */
  takeWaiting(): T[] {
    return this.#waiting.splice(0);
  }

  /** Puts back, at its end, one that was taken out. */
  putBack(request: T): void {
    this.#waiting.push(request);
  }
}

/** The main shell and the subshells of a kernel (Jupyter enhancement proposal 91). */
export class Subshells<T> {
  readonly main = new Shell<T>();
  readonly #shells = new Map<string, Shell<T>>();

  /** Opens a subshell; its id. Throws `InvalidRequest` when there are too many. */
  create(): string {
    if (this.#shells.size >= mostSubshells)
      throw new InvalidRequest(`There are ${mostSubshells} subshells already; delete one first`);
    const id = randomUUID();
    this.#shells.set(id, new Shell());
    return id;
  }

  /** Ids of the subshells, oldest first. */
  list(): string[] {
    return [...this.#shells.keys()];
  }

  /** The shell that `subshell_id` of a header names: the main one when it is absent or null. */
  of(id: unknown): Shell<T> {
    if (id === undefined || id === null) return this.main;
    if (typeof id !== 'string') throw new InvalidRequest(`'subshell_id' of the header is not a text`);
    const shell = this.#shells.get(id);
    if (!shell)
      throw new SubshellUnknown(
        `There is no subshell ${id.slice(0, 80)}; it was deleted, or the kernel started again`,
      );
    return shell;
  }

  /** Takes a subshell away, and gives it: what waits in it is the caller's. What runs goes on to its end. */
  delete(id: string): Shell<T> {
    const shell = this.of(id);
    this.#shells.delete(id);
    return shell;
  }
}
