import type {
  Completions,
  Diagnosis,
  Inspection,
  Missed,
  RecordedCell,
} from './compiler/language-messages.ts';

/** What completes and explains code without running it. Offsets are UTF-16 units. */
export interface LanguageService {
  /** Keeps the source of a cell that ran, so that later cells see its names. */
  record(cell: RecordedCell): void;
  complete(code: string, cursor: number, signal?: AbortSignal): Promise<Completions>;
  inspect(code: string, cursor: number, detail: number): Promise<Inspection>;
  isComplete(
    code: string,
  ): Promise<{ status: 'complete' | 'incomplete' | 'invalid' | 'unknown'; indent: string }>;
  /** Type errors of a cell; undefined when there is no answer. */
  diagnose(code: string, signal?: AbortSignal): Promise<Diagnosis | undefined>;
  /** What is wrong with the cells recorded as unchecked, each told once. */
  missed(): Promise<readonly Missed[]>;
  /** Packages or files of the notebook's folder changed: what was not found before may be there now. */
  folderChanged(): void;
  /** The cells that ran are gone, and with them what they declared. */
  forgetCells(): void;
  close(): void;
  /** The process behind it; undefined while it has not been needed. */
  readonly pid: number | undefined;
}

const identifier = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*`;
const pathBefore = new RegExp(
  `(?:^|[^\\p{ID_Continue}$.\\)\\]'"\`])((?:${identifier}(?:\\?\\.|\\.))*)(${identifier})?$`,
  'u',
);
const nameAfter = /^[\p{ID_Continue}$]*/u;

/** A chain of names such as `a.b.c` around a cursor. */
export interface NamePath {
  /** Names before the last dot. */
  readonly path: readonly string[];
  /** What has been typed of the last name. */
  readonly prefix: string;
  /** Where the last name starts and ends, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** The chain of plain names that ends at the cursor; undefined after a call, an index or inside a number. */
export function namePathAt(code: string, cursor: number): NamePath | undefined {
  const match = pathBefore.exec(code.slice(0, cursor));
  if (!match) return undefined;
  const [, chain = '', prefix = ''] = match;
  const path = chain.split(/\?\.|\./).filter((name) => name !== '');
  return { path, prefix, start: cursor - prefix.length, end: cursor };
}

/** The chain whose last name the cursor is in or at the end of. */
export function wholeNameAt(code: string, cursor: number): readonly string[] | undefined {
  const rest = nameAfter.exec(code.slice(cursor))?.[0] ?? '';
  const found = namePathAt(code, cursor + rest.length);
  return found && found.prefix !== '' ? [...found.path, found.prefix] : undefined;
}
