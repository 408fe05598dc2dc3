import { InvalidArgument } from '../errors.ts';
import { shortText } from './plain-text.ts';
import type { CellProgress, ProgressEnd } from './progress.ts';

/** What a bar shows. */
export interface FollowOptions {
  /** In front of the bar; `Progress` when absent. */
  readonly title?: string | undefined;
  /** How many items there are, where the iterable does not know its own length. */
  readonly total?: number | undefined;
}

/** A bar that is moved by hand; `using bar = progress.bar(...)` ends it with its block or cell. */
export interface ProgressBar extends Disposable {
  /** So much is done; `note` stands behind the bar. */
  update(done: number, note?: string): void;
  /** So much more is done, 1 when absent. */
  advance(by?: number, note?: string): void;
  end(how?: ProgressEnd): void;
}

/** The global `progress`. */
export interface Progress {
  /** The same items, with a bar that says how far the loop over them is: `for (const x of progress(list))`. */
  <T>(items: Iterable<T>, options?: FollowOptions): IterableIterator<T>;
  <T>(items: AsyncIterable<T>, options?: FollowOptions): AsyncIterableIterator<T>;
  /** A bar that is moved by hand. */
  bar(options?: FollowOptions): ProgressBar;
}

/** Makes the global `progress` from what opens a bar. */
export function makeFollow(open: (title: string) => CellProgress): Progress {
  const start = ({ title = 'Progress', total }: FollowOptions): ProgressBar => {
    // Cells may give what is no text: it must fail here rather than once the bar is drawn.
    const progress = open(String(title));
    const most = total === undefined ? undefined : Number(total);
    let at = 0;
    const update = (done: number, note?: string) => {
      at = Number(done) || 0;
      progress.update(at, most, note === undefined ? undefined : String(note));
    };
    const end = (how?: ProgressEnd) => progress.end(how);
    return { update, advance: (by = 1, note) => update(at + by, note), end, [Symbol.dispose]: () => end() };
  };
  function follow(items: unknown, options: FollowOptions = {}): unknown {
    const total = options.total ?? lengthOf(items);
    if (isIterable(items)) return followSync(items, start({ ...options, total }));
    if (isAsyncIterable(items)) return followAsync(items, start({ ...options, total }));
    throw new InvalidArgument(`progress takes something to loop over, not ${shortText(items)}`);
  }
  return Object.assign(follow as Progress, { bar: (options: FollowOptions = {}) => start(options) });
}

// A loop that is left early calls `return()` of its iterator, and one whose body throws does the same.
function* followSync<T>(items: Iterable<T>, bar: ProgressBar): IterableIterator<T> {
  let how: ProgressEnd = 'failed';
  try {
    for (const item of items) {
      how = 'stopped';
      yield item;
      how = 'failed';
      bar.advance();
    }
    how = 'done';
  } finally {
    bar.end(how);
  }
}

async function* followAsync<T>(items: AsyncIterable<T>, bar: ProgressBar): AsyncIterableIterator<T> {
  let how: ProgressEnd = 'failed';
  try {
    for await (const item of items) {
      how = 'stopped';
      yield item;
      how = 'failed';
      bar.advance();
    }
    how = 'done';
  } finally {
    bar.end(how);
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    value !== undefined &&
    typeof (Object(value) as Iterable<unknown>)[Symbol.iterator] === 'function'
  );
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as AsyncIterable<unknown>)[Symbol.asyncIterator] === 'function'
  );
}

function lengthOf(value: unknown): number | undefined {
  const { length, size } = Object(value) as { length?: unknown; size?: unknown };
  if (typeof length === 'number') return length;
  return typeof size === 'number' ? size : undefined;
}
