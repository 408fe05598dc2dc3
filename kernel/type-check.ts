import { Interrupted, TypesRefused } from './errors.ts';
import type { LanguageService } from './language.ts';
import type { Failure } from './messages.ts';

/** How the types of cells are checked: a cell with errors does not run, is told on stderr, or nobody looks. */
export type TypeMode = 'strict' | 'warn' | 'off';

/** The modes, as they are written. */
export const typeModes: readonly TypeMode[] = ['strict', 'warn', 'off'];

/** A cell that is being run: its request, what the front end calls it (`[3]`), and the notebook's own name for it. */
export interface CheckedCell {
  readonly id: number;
  readonly code: string;
  readonly count: number;
  readonly cellId?: string | undefined;
  /** `count` is its own: it is in the history. */
  readonly stored: boolean;
}

/** Milliseconds that the reply to a cell waits for its type errors once it has ended; a small cell takes 5 to 40. */
const graceMs = 120;

/** Milliseconds after the first cell that was not checked until the language service is started. */
const warmUpMs = 2000;

/** A cell that runs for so long may as well have its types checked, though the service must start for it. */
const longCellMs = 2000;

/** Most cells whose errors are told under a later one. */
const mostLate = 20;

/**
 * Checks the types of cells. Beside their execution (`warn`), the language service is asked only when it has answered
 * before: the first cells of a session must not wait for TypeScript to load. It is started soon after the first cell, or
 * beside one that runs for long. Errors that are known only after the reply to their cell are told, with its number, under the
 * next one: nothing may follow the idle status of a cell.
 */
export class TypeCheck {
  /** Settable at any time; the next cell heeds it. */
  mode: TypeMode;
  readonly #language: LanguageService;
  readonly #warms: boolean;
  readonly #late = new Map<string, { name: string; text: string }>();
  readonly #missed = new Map<number, CheckedCell>();
  #warm: number | undefined;
  #warmUp: NodeJS.Timeout | undefined;
  readonly #notices: string[] = [];
  readonly #refusing = new Set<AbortController>();

  /** `warms`: the service may be started for the check alone; not where it would end at once again. */
  constructor(language: LanguageService, mode: TypeMode, { warms = true }: { warms?: boolean } = {}) {
    this.#language = language;
    this.mode = mode;
    this.#warms = warms;
  }

  /**
   * Whether a cell may run: in `strict` mode its type errors, or the interrupt that ended the check. `told` gets a
   * sentence when there is no answer, and the cell runs unchecked.
   */
  async refusal(code: string, told: (sentence: string) => void): Promise<Failure | undefined> {
    if (this.mode !== 'strict') return undefined;
    const refusing = new AbortController();
    this.#refusing.add(refusing);
    const found = await this.#language.diagnose(code, refusing.signal);
    this.#refusing.delete(refusing);
    if (refusing.signal.aborted) {
      const { code: ename, message } = new Interrupted(
        'The check of its types was interrupted; the cell did not run',
      );
      return { ename, evalue: message, traceback: [`${ename}: ${message}`] };
    }
    this.#warm = this.#language.pid;
    for (const notice of this.#notices.splice(0)) told(notice);
    if (!found)
      told(
        'The types of this cell could not be checked: the type checker gave no answer. It runs unchecked.',
      );
    // What does not parse fails by itself, and says more about it.
    if (!found?.errors || found.syntax) return undefined;
    const { code: ename, message } = new TypesRefused(
      `${found.errors} type error${found.errors === 1 ? '' : 's'}; the cell did not run (%types warn lets it)`,
    );
    return { ename, evalue: message, traceback: [`${ename}: ${message}`, '', ...found.text.split('\n')] };
  }

  /** Tells something about the types of the notebook under the next cell that is checked. */
  tell(notice: string): void {
    this.#notices.push(notice);
  }

  /** Ends the checks that cells wait for. */
  interrupt(): void {
    for (const refusing of this.#refusing) refusing.abort();
  }

  /** Whether a cell that begins now would not be checked before it ends, so that it must be looked at later. */
  get cold(): boolean {
    return this.mode === 'warn' && (this.#warm === undefined || this.#warm !== this.#language.pid);
  }

  /**
   * Type errors to show under a cell: its own, when they are known `graceMs` after `ended`, after those of earlier
   * cells that were not known in time; undefined for none. `ended` says whether the cell ran at all: what does not
   * parse says more itself.
   */
  async check(cell: CheckedCell, ended: Promise<boolean>): Promise<string | undefined> {
    if (this.mode !== 'warn') return undefined;
    const before = this.#takeLate(keyOf(cell));
    const own = this.cold ? await this.#checkCold(cell, ended) : await this.#checkInTime(cell, ended);
    return (
      [...this.#notices.splice(0), ...before, ...(own && (await ended) ? [own] : [])].join('\n\n') ||
      undefined
    );
  }

  /** Stops what is planned. */
  close(): void {
    clearTimeout(this.#warmUp);
  }

  async #checkCold(cell: CheckedCell, ended: Promise<unknown>): Promise<string | undefined> {
    const long = await Promise.race([ended.then(() => false), pause(longCellMs)]);
    if (long && this.#warms) return this.#checkInTime(cell, ended);
    this.#missed.set(cell.id, cell);
    for (const id of this.#missed.keys()) if (this.#missed.size > mostLate) this.#missed.delete(id);
    void ended.then(() => this.#warmUpLater());
    return undefined;
  }

  async #checkInTime(cell: CheckedCell, ended: Promise<unknown>): Promise<string | undefined> {
    let over = false;
    const asked = this.#language.diagnose(cell.code).then((found) => {
      this.#warm = this.#language.pid;
      const text = found && !found.syntax ? found.text : '';
      if (over) this.#keepLate(cell, text);
      return text;
    });
    return Promise.race([
      asked,
      ended.then(async () => {
        await pause(graceMs);
        over = true;
        return undefined;
      }),
    ]);
  }

  #keepLate(cell: CheckedCell, text: string): void {
    this.#late.delete(keyOf(cell));
    if (text !== '')
      this.#late.set(keyOf(cell), { name: cell.stored ? `cell [${cell.count}]` : 'a cell', text });
    for (const key of this.#late.keys()) if (this.#late.size > mostLate) this.#late.delete(key);
  }

  /** What is told late; not about the cell that runs again. */
  #takeLate(running: string): string[] {
    this.#late.delete(running);
    const texts = [...this.#late.values()].map(
      ({ name, text }) => `Types of ${name}, which ended before they were checked:\n${text}`,
    );
    this.#late.clear();
    return texts;
  }

  /** Not put off by further cells: of many short ones, as in a Run All, the later ones are to be checked. */
  #warmUpLater(): void {
    if (this.#warms) this.#warmUp ??= setTimeout(() => void this.#catchUp(), warmUpMs).unref();
  }

  async #catchUp(): Promise<void> {
    this.#warmUp = undefined;
    if (this.mode !== 'warn') return;
    const answers = await this.#language.missed();
    this.#warm = this.#language.pid;
    for (const { id, diagnosis } of answers) {
      const cell = this.#missed.get(id);
      this.#missed.delete(id);
      if (cell) this.#keepLate(cell, diagnosis.syntax ? '' : diagnosis.text);
    }
  }
}

/** A cell that is run again replaces what was to be told about it. */
function keyOf({ id, cellId }: CheckedCell): string {
  return cellId ?? `request ${id}`;
}

function pause(ms: number): Promise<true> {
  return new Promise((resolve) => void setTimeout(() => resolve(true), ms).unref());
}
