/** A cell that ran: its number, and its text as it was. */
export interface RecordedCell {
  readonly id: number;
  readonly source: string;
  /** What the person sees of it where that is another text, of the same length and lines: with its magics. */
  readonly written?: string | undefined;
  /** It ended with an error: what it declared before that is there, unless it did not even parse. */
  readonly failed?: boolean | undefined;
  /** Its types have not been checked: `missed` asks for its errors later, as they were when it ran. */
  readonly unchecked?: boolean | undefined;
}

/** Type errors as text, each with the cell's own line, column and a caret; no errors: an empty text. */
export interface Diagnosis {
  readonly errors: number;
  readonly text: string;
  /** The cell does not parse, and these are the errors of its syntax. */
  readonly syntax: boolean;
}

/** What was wrong with a cell that ran unchecked. */
export interface Missed {
  readonly id: number;
  readonly diagnosis: Diagnosis;
}

export interface CompletionMatch {
  readonly text: string;
  /** `function`, `class`, `interface`, `keyword`, `module`, `property`, `variable`... */
  readonly type?: string | undefined;
  /** How it is called, for the first functions of a list. */
  readonly signature?: string | undefined;
}

/** Matches replace `[start, end)` of the code; UTF-16 offsets. */
export interface Completions {
  readonly matches: CompletionMatch[];
  readonly start: number;
  readonly end: number;
}

/** `data` by MIME type. */
export interface Inspection {
  readonly found: boolean;
  /** It is a value of the notebook, and what it is at present says more. */
  readonly live?: boolean | undefined;
  readonly data: Record<string, string>;
}

/** `indent` is what the next line should start with, for `incomplete`. */
export interface Completeness {
  readonly status: 'complete' | 'incomplete' | 'invalid' | 'unknown';
  readonly indent: string;
}

/** What can be asked of the language process, and what it answers. */
export interface LanguageQueries {
  complete: { ask: { code: string; cursor: number }; answer: Completions };
  inspect: { ask: { code: string; cursor: number; detail: number }; answer: Inspection };
  isComplete: { ask: { code: string }; answer: Completeness };
  /** `undefined`: nobody knows. */
  diagnose: { ask: { code: string }; answer: Diagnosis | undefined };
  missed: { ask: Record<string, never>; answer: readonly Missed[] };
}

export type Query = {
  [K in keyof LanguageQueries]: { readonly kind: K; readonly ask: LanguageQueries[K]['ask'] };
}[keyof LanguageQueries];

/** What a language process starts from; see `LanguageOptions`. */
export interface OpenNotebook {
  readonly folder: string;
  readonly globalTypes?: string | undefined;
  readonly preludeTypes?: string | undefined;
  readonly untyped?: readonly string[] | undefined;
  readonly cells: readonly RecordedCell[];
}

export type ToLanguage =
  | { readonly folderChanged: true }
  | { readonly open: OpenNotebook }
  | { readonly record: RecordedCell }
  | { readonly id: number; readonly query: Query };

export type FromLanguage =
  | { readonly notice: string }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: string };
