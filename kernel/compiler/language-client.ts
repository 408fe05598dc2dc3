import { type ChildProcess, fork } from 'node:child_process';
import { homedir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  Completeness,
  Completions,
  Diagnosis,
  FromLanguage,
  Inspection,
  LanguageQueries,
  Missed,
  Query,
  RecordedCell,
  ToLanguage,
} from './language-messages.ts';

export interface LanguageOptions {
  /** Path of a module whose exports are the kernel's own globals, as for `preludeTypes`; a prelude may replace them. */
  readonly globalTypes?: string | undefined;
  /** Path of the prelude module, `.ts`, `.d.ts` or `.js` with a `.d.ts` beside it: its exports are names of every cell. */
  readonly preludeTypes?: string | undefined;
  /** Absolute path of the notebook's folder: relative imports and packages are looked up from there first. */
  readonly folder: string;
  /** Specifiers that the kernel itself answers at run time and that have no types: everything from them is `any`. */
  readonly untyped?: readonly string[] | undefined;
  /** The language process ends after so long without a question, and gives its memory back; 5 minutes. Infinity: never. */
  readonly idleMs?: number | undefined;
  /** A question that takes longer is given up, and the process with it; 15 seconds, the first start included. */
  readonly limitMs?: number | undefined;
  /** Hears what is wrong with the settings of the folder (`tsconfig.json`); the same is told once. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Heap of the process in MiB; 1024. */
  readonly heapMiB?: number | undefined;
}

interface Pending {
  readonly settle: (answer: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Characters of recorded cells that are kept for the next start of the process; the oldest go first. */
const keptCharacters = 4_000_000;
/** After so many deaths in a row without an answer, questions get the empty answer for a while. */
const deathsAllowed = 3;
const restMs = 30_000;

/**
 * The TypeScript language service of one notebook, in a process of its own: started by the first question, ended when
 * idle. No question hangs or fails: when the process is lost, slow or the signal fires, the answer is the empty one
 * (no matches, not found, `unknown`, `undefined`), and the next question starts a new process with the same cells.
 */
export class LanguageClient {
  readonly #options: LanguageOptions;
  readonly #cells = new Map<number, RecordedCell>();
  readonly #pending = new Map<number, Pending>();
  #kept = 0;
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  #deaths = 0;
  #restUntil = 0;
  #closed = false;
  #noticed = '';

  constructor(options: LanguageOptions) {
    this.#options = options;
  }

  /** Process id of the language process while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Remembers a cell that ran: later cells see what it declares. A cell of the same number is replaced. */
  record(cell: RecordedCell): void {
    this.#kept += cell.source.length - (this.#cells.get(cell.id)?.source.length ?? 0);
    this.#cells.delete(cell.id);
    this.#cells.set(cell.id, cell);
    for (const [id, { source }] of this.#cells) {
      if (this.#kept <= keptCharacters) break;
      this.#kept -= source.length;
      this.#cells.delete(id);
    }
    if (this.#child) this.#send(this.#child, { record: cell });
  }

  /** Completions at `cursor`, a UTF-16 offset into `code`. */
  complete(code: string, cursor: number, signal?: AbortSignal): Promise<Completions> {
    const at = Math.max(0, Math.min(cursor, code.length));
    const none: Completions = { matches: [], start: at, end: at };
    return this.#ask('complete', { code, cursor }, none, signal);
  }

  /** Signature and documentation of what stands at `cursor`; with `detail` 1 also the source. */
  inspect(code: string, cursor: number, detail: number, signal?: AbortSignal): Promise<Inspection> {
    return this.#ask('inspect', { code, cursor, detail }, { found: false, data: {} }, signal);
  }

  /** Whether `code` is a whole cell, by the parser alone. */
  isComplete(code: string, signal?: AbortSignal): Promise<Completeness> {
    return this.#ask('isComplete', { code }, { status: 'unknown', indent: '' }, signal);
  }

  /** Type errors of `code`; `undefined` when there is no answer. */
  diagnose(code: string, signal?: AbortSignal): Promise<Diagnosis | undefined> {
    return this.#ask('diagnose', { code }, undefined, signal);
  }

  /** Type errors of the cells that were recorded as unchecked; each is told once. */
  async missed(signal?: AbortSignal): Promise<readonly Missed[]> {
    const found = await this.#ask('missed', {}, [], signal);
    for (const { id } of found) {
      const cell = this.#cells.get(id);
      if (cell) this.#cells.set(id, { ...cell, unchecked: false });
    }
    return found;
  }

  /** Packages or files of the folder changed: what is known about them is looked up anew. */
  folderChanged(): void {
    if (this.#child) this.#send(this.#child, { folderChanged: true });
  }

  /** The cells that ran are gone, and with them what they declared. */
  forgetCells(): void {
    this.#cells.clear();
    this.#kept = 0;
    if (this.#child) this.#send(this.#child, this.#opening());
  }

  /** Ends the process; from now on every answer is the empty one. */
  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #ask<K extends keyof LanguageQueries>(
    kind: K,
    ask: LanguageQueries[K]['ask'],
    empty: LanguageQueries[K]['answer'],
    signal: AbortSignal | undefined,
  ): Promise<LanguageQueries[K]['answer']> {
    if (this.#closed || signal?.aborted || Date.now() < this.#restUntil) return Promise.resolve(empty);
    const child = (this.#child ??= this.#start());
    clearTimeout(this.#idle);
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<LanguageQueries[K]['answer']>();
    const settle = (answer: unknown) => {
      this.#pending.delete(id);
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve(answer === gone ? empty : (answer as LanguageQueries[K]['answer']));
      if (this.#pending.size === 0) this.#rest();
    };
    const giveUp = () => settle(gone);
    const timer = setTimeout(() => this.#lost(child), this.#options.limitMs ?? 15_000);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#pending.set(id, { settle, timer });
    child.ref();
    child.channel?.ref();
    this.#send(child, { id, query: { kind, ask } as Query });
    return promise;
  }

  #start(): ChildProcess {
    const here = fileURLToPath(import.meta.url);
    const program = join(here, '..', `language-process${extname(here)}`);
    const { heapMiB = 1024 } = this.#options;
    const child = fork(program, [], {
      // A small young generation: the service makes much short-lived data, and memory counts here more than speed.
      execArgv: [
        '--no-warnings',
        '--expose-gc',
        `--max-old-space-size=${heapMiB}`,
        '--max-semi-space-size=4',
      ],
      env: { ...process.env, ...thrifty, NODE_OPTIONS: '', NODE_COMPILE_CACHE: compileCache() },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('message', (message: FromLanguage) => {
      this.#deaths = 0;
      if ('notice' in message) {
        if (message.notice !== this.#noticed) this.#options.onNotice?.(message.notice);
        this.#noticed = message.notice;
        return;
      }
      this.#pending.get(message.id)?.settle('answer' in message ? message.answer : gone);
      if ('failure' in message) this.#lost(child);
    });
    child.on('error', () => this.#lost(child));
    child.on('exit', () => this.#lost(child));
    this.#send(child, this.#opening());
    return child;
  }

  #opening(): ToLanguage {
    const { folder, globalTypes, preludeTypes, untyped } = this.#options;
    return { open: { folder, globalTypes, preludeTypes, untyped, cells: [...this.#cells.values()] } };
  }

  #send(child: ChildProcess, message: ToLanguage): void {
    // A failure to send is the death of the process, which `exit` reports.
    if (child.connected) child.send(message, () => {});
  }

  /** The process died or hangs: what it was asked gets the empty answer. */
  #lost(child: ChildProcess): void {
    if (child !== this.#child) return;
    if (this.#pending.size > 0 && ++this.#deaths >= deathsAllowed) {
      this.#deaths = 0;
      this.#restUntil = Date.now() + restMs;
    }
    this.#stop();
  }

  #stop(): void {
    const child = this.#child;
    this.#child = undefined;
    clearTimeout(this.#idle);
    child?.kill('SIGKILL');
    for (const { settle } of [...this.#pending.values()]) settle(gone);
  }

  /** Nothing is being asked: the process no longer keeps this one alive, and ends after a while. */
  #rest(): void {
    this.#child?.unref();
    this.#child?.channel?.unref();
    clearTimeout(this.#idle);
    const { idleMs = 300_000 } = this.#options;
    if (idleMs < longestTimer) this.#idle = setTimeout(() => this.#stop(), idleMs).unref();
  }
}

/** Node's timers fire at once for more milliseconds than these. */
const longestTimer = 2 ** 31;

/** One arena that glibc trims eagerly: 152 to 164 MiB resident instead of 181, at the same speed. */
const thrifty = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' };

const gone = Symbol('no answer');

/** Compiled TypeScript is kept between starts: where Node is told to, else in a folder that only this user writes. */
function compileCache(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.NODE_COMPILE_CACHE || join(cache, 'furrow', 'compiled');
}
