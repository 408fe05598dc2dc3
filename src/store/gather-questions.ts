import { orCancelled } from '../errors.ts';

export interface GatherOptions<Item, Answer> {
  /** Asks for several items at once, and gives what makes the answers of what came: one an item, in their order. */
  readonly ask: (items: readonly Item[]) => Promise<() => Promise<readonly Answer[]>>;
  /** Questions under way at a time: what comes meanwhile waits and is asked together. */
  readonly atOnce: number;
  /** Items of one question. */
  readonly most: number;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * Lets many callers share questions: one that comes while enough questions are under way waits for the next, which asks for all that
 * wait. Nobody waits for a clock: a question is begun as soon as all that arrived with it has been taken in. A caller who is
 * cancelled leaves the others their answer.
 */
export class Gathering<Item, Answer> {
  readonly #options: GatherOptions<Item, Answer>;
  readonly #waiting: Waiting<Item, Answer>[] = [];
  #open = 0;
  #starting = false;

  constructor(options: GatherOptions<Item, Answer>) {
    this.#options = options;
  }

  /** Whether nobody waits and nothing is under way. */
  get idle(): boolean {
    return this.#open === 0 && this.#waiting.length === 0;
  }

  async ask(item: Item, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const own: Waiting<Item, Answer> = { item, resolve, reject };
    this.#waiting.push(own);
    this.#soon();
    try {
      return await orCancelled(promise, signal, 'a question of the store');
    } finally {
      const place = this.#waiting.indexOf(own);
      if (place >= 0) this.#waiting.splice(place, 1);
    }
  }

  /** Starts questions when all that arrived by now has been taken in. */
  #soon(): void {
    if (this.#starting || this.#open >= this.#options.atOnce) return;
    this.#starting = true;
    setImmediate(() => {
      this.#starting = false;
      this.#next();
    });
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#open < this.#options.atOnce) {
      const together = this.#waiting.splice(0, this.#options.most);
      this.#open += 1;
      void this.#askTogether(together);
    }
  }

  async #askTogether(together: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answersOf = await this.#options.ask(together.map(({ item }) => item)).finally(() => {
        this.#open -= 1;
        this.#next();
      });
      // The next question is sent before the answers are made: the store works meanwhile.
      await new Promise(setImmediate);
      const answers = await answersOf();
      for (const [place, { resolve }] of together.entries()) resolve(answers[place] as Answer);
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }
}
