import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { globMatcher } from './glob.ts';

/** One cell that ran: session and execution count name it. */
export interface HistoryEntry {
  readonly session: number;
  readonly line: number;
  readonly source: string;
  /** `text/plain` of its result; absent when it had none. */
  readonly output?: string | undefined;
}

/** Bounds of what is kept on disk and in memory. */
export interface HistoryBounds {
  readonly sessions: number;
  readonly bytes: number;
  /** Characters of one kept result. */
  readonly outputLength: number;
}

const defaultBounds: HistoryBounds = { sessions: 500, bytes: 16 * 2 ** 20, outputLength: 10_000 };

/**
 * The cells of this and earlier sessions of a user. Each session has a file of its own, `N.jsonl`, made at its first
 * cell and appended to once a cell has been answered: kernels that run side by side never write to the same file, and
 * one that is killed loses at most the cell of that very moment. The oldest sessions go when there are too many, the
 * oldest cells of a session when it is too long. A folder that cannot be written (read-only home, full disk) costs the
 * memory of later sessions, not the kernel.
 */
export class History {
  readonly #folder: string | undefined;
  readonly #bounds: HistoryBounds;
  #number: number | undefined;
  #own: HistoryEntry[] = [];
  #ownBytes = 0;
  #fileBytes = 0;
  #unwritten = '';
  #writing: NodeJS.Immediate | undefined;

  constructor(folder: string | undefined, bounds: Partial<HistoryBounds> = {}) {
    this.#folder = folder;
    this.#bounds = { ...defaultBounds, ...bounds };
  }

  /** The number of this session. */
  get session(): number {
    return (this.#number ??= this.#begin());
  }

  /** Keeps a cell that ran. */
  add(line: number, source: string, output?: string): void {
    const cut = output?.slice(0, this.#bounds.outputLength);
    const entry = { session: this.session, line, source, ...(cut === undefined ? {} : { output: cut }) };
    this.#own.push(entry);
    const text = lineOf(entry);
    this.#ownBytes += text.length;
    while (this.#ownBytes > this.#bounds.bytes && this.#own.length > 1)
      this.#ownBytes -= lineOf(this.#own.shift() as HistoryEntry).length;
    this.#unwritten += text;
    this.#writing ??= setImmediate(() => this.flush());
  }

  /** The last `n` cells, of earlier sessions too. */
  tail(n: number): HistoryEntry[] {
    let found = this.#own;
    for (const number of this.#sessions().reverse()) {
      if (found.length >= n) break;
      if (number < this.session) found = [...this.#read(number), ...found];
    }
    return found.slice(Math.max(0, found.length - n));
  }

  /** Cells `start` to `stop` (not included) of a session; 0 is this one, negative numbers count back from it. */
  range(session: number, start: number, stop: number | undefined): HistoryEntry[] {
    const wanted = session > 0 ? session : this.session + session;
    const entries = wanted === this.session ? this.#own : this.#read(wanted);
    return entries.filter(({ line }) => line >= start && (stop === undefined || line < stop));
  }

  /** The last `n` cells whose source matches a pattern (`globMatcher`); `unique`: each source once, at its latest place. */
  search(pattern: string, { n, unique }: { n?: number | undefined; unique: boolean }): HistoryEntry[] {
    const matches = globMatcher(pattern);
    let found = [...this.#earlier(), ...this.#own].filter(({ source }) => matches(source));
    if (unique) found = [...new Map(found.map((entry) => [entry.source, entry])).values()];
    return n === undefined ? found : found.slice(Math.max(0, found.length - n));
  }

  #begin(): number {
    const folder = this.#folder;
    if (folder === undefined) return 1;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#forgetOldest();
      // Two kernels may start at once: the file that `wx` creates is the claim to its number.
      for (let number = (this.#sessions().at(-1) ?? 0) + 1; ; number += 1) {
        try {
          closeSync(openSync(join(folder, `${number}.jsonl`), 'wx', 0o600));
          return number;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        }
      }
    } catch {
      return (this.#sessions().at(-1) ?? 0) + 1;
    }
  }

  /** Writes what is to be written now. */
  flush(): void {
    clearImmediate(this.#writing);
    this.#writing = undefined;
    const text = this.#unwritten;
    this.#unwritten = '';
    if (this.#folder === undefined || text === '') return;
    const path = join(this.#folder, `${this.session}.jsonl`);
    this.#fileBytes += text.length;
    try {
      if (this.#fileBytes > 2 * this.#bounds.bytes) {
        writeFileSync(`${path}.new`, this.#own.map(lineOf).join(''), { mode: 0o600 });
        renameSync(`${path}.new`, path);
        this.#fileBytes = this.#ownBytes;
      } else appendFileSync(path, text, { mode: 0o600 });
    } catch {
      // Kept in memory; history is no reason to fail a cell.
    }
  }

  #earlier(): HistoryEntry[] {
    return this.#sessions()
      .filter((number) => number < this.session)
      .flatMap((number) => this.#read(number));
  }

  #sessions(): number[] {
    if (this.#folder === undefined) return [];
    try {
      return readdirSync(this.#folder)
        .flatMap((name) => /^(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b);
    } catch {
      return [];
    }
  }

  #read(session: number): HistoryEntry[] {
    if (this.#folder === undefined) return [];
    let text: string;
    try {
      text = readFileSync(join(this.#folder, `${session}.jsonl`), 'utf8');
    } catch {
      return [];
    }
    return text.split('\n').flatMap((line) => entryOf(line, session) ?? []);
  }

  #forgetOldest(): void {
    const { sessions, bytes } = this.#bounds;
    let kept = 0;
    let size = 0;
    for (const number of this.#sessions().reverse()) {
      const path = join(this.#folder as string, `${number}.jsonl`);
      size += statSync(path).size;
      kept += 1;
      if (kept >= sessions || size > bytes) unlinkSync(path);
    }
  }
}

/**
 * Where a user's history is kept: `FURROW_HISTORY` (`none`: nowhere), else beside IPython's when `IPYTHONDIR` says
 * where interactive history belongs, else the XDG data folder.
 */
export function historyFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const { FURROW_HISTORY: own, IPYTHONDIR: interactive, XDG_DATA_HOME: data } = environment;
  if (own === 'none') return undefined;
  if (own) return own;
  if (interactive) return join(interactive, 'furrow', 'history');
  return join(data || join(homedir(), '.local', 'share'), 'furrow', 'history');
}

function lineOf(entry: HistoryEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** A line of a history file; undefined when it was cut short by a kill. */
function entryOf(line: string, session: number): HistoryEntry | undefined {
  if (line === '') return undefined;
  try {
    const { line: number, source, output } = JSON.parse(line) as Record<string, unknown>;
    if (typeof number !== 'number' || typeof source !== 'string') return undefined;
    return { session, line: number, source, ...(typeof output === 'string' ? { output } : {}) };
  } catch {
    return undefined;
  }
}
