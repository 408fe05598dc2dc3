import type { LanguageService } from './language.ts';

/** How the types of cells are checked: told on stderr while the cell runs, or not at all. */
export type TypeMode = 'warn' | 'off';

/** Milliseconds that the reply to a cell waits for its type errors once it has ended; a small cell takes 5 to 40. */
const graceMs = 60;

/** Milliseconds without a cell after which the language service is started, so that the next cell is checked. */
const warmUpMs = 2000;

/**
 * Checks the types of cells beside their execution. The language service is asked only when it has answered before:
 * the first cells of a session must not wait for TypeScript to load. It is started once the session pauses.
 */
export class TypeCheck {
  readonly #language: LanguageService;
  readonly #mode: TypeMode;
  #warm: number | undefined;
  #warmUp: NodeJS.Timeout | undefined;

  constructor(language: LanguageService, mode: TypeMode) {
    this.#language = language;
    this.#mode = mode;
  }

  /** Type errors of a cell; undefined when it has none, or none are known `graceMs` after `ended`. */
  async check(code: string, ended: Promise<unknown>): Promise<string | undefined> {
    if (this.#mode === 'off') return undefined;
    clearTimeout(this.#warmUp);
    if (this.#warm === undefined || this.#warm !== this.#language.pid) {
      void ended.then(() => this.#warmUpLater());
      return undefined;
    }
    const late = ended.then(
      () => new Promise<undefined>((resolve) => void setTimeout(() => resolve(undefined), graceMs).unref()),
    );
    return Promise.race([this.#language.diagnose(code), late]);
  }

  /** Stops what is planned. */
  close(): void {
    clearTimeout(this.#warmUp);
  }

  #warmUpLater(): void {
    clearTimeout(this.#warmUp);
    this.#warmUp = setTimeout(() => {
      void this.#language.diagnose(';').then(() => {
        this.#warm = this.#language.pid;
      });
    }, warmUpMs).unref();
  }
}
