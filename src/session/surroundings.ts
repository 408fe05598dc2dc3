import type { RasterTileSource } from '../tiles/tile-source.ts';

/** A long piece of work as it is shown to a person. */
export interface ProgressBar {
  /** `done` of `total`; `note` says what is being done now. */
  update(done: number, total: number, note?: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** Images that differ in one thing, such as their date; `open` takes one of `labels`. */
export interface ShownImages {
  readonly labels: readonly string[];
  readonly initial: string;
  open(label: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<RasterTileSource>;
}

/** What the program around the runtime lends it: a notebook shows bars and interrupts, a script does neither. */
export interface Surroundings {
  /** Aborted when the person interrupts what asked for it. */
  signal(): AbortSignal | undefined;
  progress(title: string): ProgressBar;
  /** Draws images on a map, now, one at a time. */
  showImages(images: ShownImages): void;
  /** Says what a person must know of a result that looks whole. */
  warn(text: string): void;
}

const quiet: Surroundings = {
  signal: () => undefined,
  progress: () => ({ update: () => undefined, end: () => undefined }),
  showImages: () => undefined,
  warn: (text) => console.warn(text),
};

let surroundings = quiet;

/** From now on long work is shown and interrupted through these. */
export function attachSurroundings(lent: Surroundings): void {
  surroundings = lent;
}

/** The caller's own signal together with the one of the surroundings. */
export function signalOf(own: AbortSignal | undefined): AbortSignal | undefined {
  const lent = surroundings.signal();
  if (own === undefined || lent === undefined) return own ?? lent;
  return AbortSignal.any([own, lent]);
}

/** Runs work under a progress bar that goes away with it, whatever happens. */
export async function withProgress<T>(title: string, work: (bar: ProgressBar) => Promise<T>): Promise<T> {
  const bar = surroundings.progress(title);
  try {
    return await work(bar);
  } finally {
    bar.end();
  }
}

/** Shows images where a person looks; without one, nothing happens. */
export function showImages(images: ShownImages): void {
  surroundings.showImages(images);
}

/** Says beside a result what is missing in it; a script says it on standard error. */
export function warn(text: string): void {
  surroundings.warn(text);
}
