import { readFile } from 'node:fs/promises';
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

/** Characters of code that are kept for `source` requests, and scripts that are known; the oldest go first. */
const keptCharacters = 4 * 2 ** 20;
const keptScripts = 5000;

/**
 * Which code belongs to which path. A cell has the path that front ends compute from its code, and one script
 * (`cell-3.ts`) for each time that it ran; a file has the URL of its module, which ends with a query once it changed.
 */
export class Sources {
  readonly names: CellNames;
  readonly #codes = new Map<string, string>();
  #characters = 0;
  readonly #scripts = new Map<string, { readonly path: string; readonly lines: number }>();

  // Nothing is written there. JupyterLab calls a source `Cell [3]` only where its path contains `ipykernel_`.
  constructor(folder: string = join(tmpdir(), `furrow_ipykernel_${process.pid}`)) {
    this.names = { prefix: folder + sep, suffix: '.ts', seed: hashSeed };
  }

  /** The path of a cell with this code. */
  pathOf(code: string): string {
    const { prefix, suffix, seed } = this.names;
    return `${prefix}${murmur2(code, seed)}${suffix}`;
  }

  /** Keeps the code of a cell; its path. */
  keep(code: string): string {
    const path = this.pathOf(code);
    if (this.#codes.has(path)) return path;
    this.#codes.set(path, code);
    this.#characters += code.length;
    for (const [oldest, text] of this.#codes) {
      if (this.#characters <= keptCharacters || oldest === path) break;
      this.#codes.delete(oldest);
      this.#characters -= text.length;
    }
    return path;
  }

  /** A cell with this code is about to run as this script; its path. */
  addScript(script: string, code: string): string {
    const path = this.keep(code);
    this.#scripts.set(script, { path, lines: code.split(/\r\n|[\n\r\u2028\u2029]/).length });
    const [oldest] = this.#scripts.keys();
    if (this.#scripts.size > keptScripts && oldest !== undefined) this.#scripts.delete(oldest);
    return path;
  }

  /** Whether a path is that of a cell. */
  isCell(path: string): boolean {
    return path.startsWith(this.names.prefix);
  }

  /** The path of a script, undefined where it is none of a cell or a file. */
  pathOfScript(url: string): string | undefined {
    const cell = this.#scripts.get(url)?.path;
    if (cell !== undefined || !url.startsWith('file:')) return cell;
    return fileURLToPath(url.replace(/[?#].*$/, ''));
  }

  /** Whether a line (from 1) of a script was added by the kernel, behind what a person wrote. */
  isBehind(url: string, line: number): boolean {
    return line > (this.#scripts.get(url)?.lines ?? Number.POSITIVE_INFINITY);
  }

  /** The scripts of a cell, by its path. */
  scriptsOf(path: string): string[] {
    return [...this.#scripts].flatMap(([script, cell]) => (cell.path === path ? [script] : []));
  }

  /** The cell process is a new one, which has run nothing. */
  forgetScripts(): void {
    this.#scripts.clear();
  }

  /** What is written at a path. Throws `DebugRefused` where nothing is. */
  async textAt(path: string): Promise<string> {
    const code = this.#codes.get(path);
    if (code !== undefined) return code;
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw new DebugRefused(`There is no source at ${path}: no cell with that code has run`, { cause });
    }
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
