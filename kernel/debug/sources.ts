import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DebugRefused } from '../errors.ts';
import { murmur2 } from './murmur2.ts';

/** How front ends compute the path of a cell from its code: `prefix + hash(code, seed) + suffix`. */
export interface CellNames {
  readonly prefix: string;
  readonly suffix: string;
  readonly seed: number;
}

/** Any number does; it is told to front ends. */
const hashSeed = 0xc70f6907 | 0;

/** Cells and characters of code that are kept; the oldest go first, and breakpoints are no more set in them. */
const keptCells = 2000;
const keptCharacters = 8 * 2 ** 20;

/** A larger file is nobody's source, and a device has no end. */
const mostFileBytes = 16 * 2 ** 20;

/** A cell that ran; its path is computed when a debugger asks, so that cells cost nothing without one. */
interface RunCell {
  readonly code: string;
  path?: string;
}

/**
 * Which code belongs to which path. A cell has the path that front ends compute from its code, and one script
 * (`cell-3.ts`) for each time that it ran; a file has the URL of its module, which ends with a query once it changed.
 */
export class Sources {
  readonly names: CellNames;
  /** Cells that front ends told of, by path. */
  readonly #dumped = new Map<string, string>();
  readonly #scripts = new Map<string, RunCell>();
  #dumpedCharacters = 0;
  #runCharacters = 0;

  // Nothing is written there. JupyterLab calls a source `Cell [3]` only where its path contains `ipykernel_`.
  constructor(folder: string = join(tmpdir(), `furrow_ipykernel_${process.pid}`)) {
    this.names = { prefix: folder + sep, suffix: '.ts', seed: hashSeed };
  }

  /** The path of a cell with this code. */
  pathOf(code: string): string {
    const { prefix, suffix, seed } = this.names;
    return `${prefix}${murmur2(code, seed)}${suffix}`;
  }

  /** Keeps the code of a cell that may never run; its path. */
  keep(code: string): string {
    const path = this.pathOf(code);
    if (this.#dumped.has(path)) return path;
    this.#dumped.set(path, code);
    this.#dumpedCharacters += code.length;
    for (const [oldest, text] of this.#dumped) {
      const full = this.#dumped.size > keptCells || this.#dumpedCharacters > keptCharacters;
      if (!full || oldest === path) break;
      this.#dumped.delete(oldest);
      this.#dumpedCharacters -= text.length;
    }
    return path;
  }

  /** A cell with this code is about to run as this script. */
  addScript(script: string, code: string): void {
    this.#scripts.set(script, { code });
    this.#runCharacters += code.length;
    for (const [oldest, { code }] of this.#scripts) {
      const full = this.#scripts.size > keptCells || this.#runCharacters > keptCharacters;
      if (!full || oldest === script) break;
      this.#scripts.delete(oldest);
      this.#runCharacters -= code.length;
    }
  }

  /** Whether a path is that of a cell. */
  isCell(path: string): boolean {
    return path.startsWith(this.names.prefix);
  }

  /** The path of a script, undefined where it is none of a cell or a file. */
  pathOfScript(url: string): string | undefined {
    const cell = this.#scripts.get(url);
    if (cell) return this.#pathOfCell(cell);
    return url.startsWith('file:') ? pathOfFile(url) : undefined;
  }

  /** Whether a line (from 1) of a script was added by the kernel, behind what a person wrote. */
  isBehind(url: string, line: number): boolean {
    const cell = this.#scripts.get(url);
    return cell !== undefined && line > cell.code.split(/\r\n|[\n\r\u2028\u2029]/).length;
  }

  /** The scripts of a cell, by its path. */
  scriptsOf(path: string): string[] {
    return [...this.#scripts].flatMap(([script, cell]) => (this.#pathOfCell(cell) === path ? [script] : []));
  }

  /** What is written at a path. Throws `DebugRefused` where nothing is. */
  async textAt(path: string): Promise<string> {
    const code = this.#dumped.get(path) ?? this.#scripts.get(this.scriptsOf(path)[0] ?? '')?.code;
    if (code !== undefined) return code;
    try {
      const file = await stat(path);
      if (file.isFile() && file.size <= mostFileBytes) return await readFile(path, 'utf8');
    } catch (cause) {
      throw new DebugRefused(`There is no source at ${path}: no cell with that code has run`, { cause });
    }
    throw new DebugRefused(`${path} is no source: no file, or one of more than ${mostFileBytes} bytes`);
  }

  #pathOfCell(cell: RunCell): string {
    cell.path ??= this.pathOf(cell.code);
    return cell.path;
  }
}

/** A `sourceURL` comment may say anything. */
function pathOfFile(url: string): string | undefined {
  try {
    return fileURLToPath(url.replace(/[?#].*$/, ''));
  } catch {
    return undefined;
  }
}

/** How a script is called in a list of frames: `cell 3`, or the name of its file. */
export function scriptTitle(url: string): string {
  const cell = /^cell-(\d+)\.ts$/.exec(url)?.[1];
  return cell === undefined ? basename(url.replace(/[?#].*$/, '')) : `cell ${cell}`;
}

/** Matches the URLs of a file's module, also when it was read again after a change. */
export function fileUrlPattern(path: string): string {
  return `^${exactly(pathToFileURL(path).href)}(\\?.*)?$`;
}

/** A text as a pattern that matches it alone. */
export function exactly(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
