import type { Order, Report } from './cell/protocol.ts';

type Question = Extract<Order, { type: 'members' | 'describe' }>;
type Answer = Extract<Report, { type: 'members' | 'described' }>;

/** How long a question may wait for a cell process that is busy. */
const questionMs = 150;

/** Questions about live values that are under way. None is waited for long: a front end asks at every keystroke. */
export class LiveQuestions {
  readonly #open = new Map<number, (answer: Answer | undefined) => void>();
  #count = 0;
  #isBlocked = false;

  /** Whether the last question was not answered in time. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Sends a question; undefined when no answer came in time. */
  async ask(
    make: (ask: number) => Question,
    send: (question: Question) => void,
  ): Promise<Answer | undefined> {
    const ask = ++this.#count;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    const timer = setTimeout(() => {
      this.#isBlocked = true;
      resolve(undefined);
    }, questionMs);
    this.#open.set(ask, (answer) => {
      this.#open.delete(ask);
      this.#isBlocked = false;
      resolve(answer);
    });
    send(make(ask));
    const answer = await promise;
    clearTimeout(timer);
    return answer;
  }

  /** An answer has come, also one that nobody waits for any more. */
  settle(ask: number, answer: Answer | undefined): void {
    this.#open.get(ask)?.(answer);
  }

  /** Nobody is left who could answer. */
  giveUp(): void {
    for (const settle of [...this.#open.values()]) settle(undefined);
  }
}
