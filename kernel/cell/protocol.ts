import type { Bundle, Failure, JsonObject } from '../messages.ts';

/**
 * What the kernel asks of the cell process and what it answers, both as message frames (`frames.ts`).
 * `request` numbers the Jupyter message on whose behalf something happens; 0 is "nobody's".
 */
export type Order =
  | {
      readonly type: 'execute';
      readonly request: number;
      readonly code: string;
      /** The execution count, which names the cell in stack traces. */
      readonly cell: number;
      /** The name of its script, where it is not stored under that count. */
      readonly script?: string | undefined;
      /** A debugger wants to know of errors as they are thrown. */
      readonly tellsErrors?: boolean | undefined;
      readonly expressions: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'comm';
      readonly request: number;
      readonly kind: CommKind;
      readonly commId: string;
      readonly target: string;
      readonly data: JsonObject;
      readonly metadata: JsonObject;
      readonly buffers: readonly Uint8Array[];
    }
  | {
      readonly type: 'members';
      readonly ask: number;
      readonly path: readonly string[];
      /** What global names begin with, of which there are a thousand. */
      readonly prefix: string;
    }
  | { readonly type: 'describe'; readonly ask: number; readonly path: readonly string[] }
  | { readonly type: 'input'; readonly ask: number; readonly value: string }
  | { readonly type: 'input-failed'; readonly ask: number; readonly message: string };

export type CommKind = 'open' | 'msg' | 'close';

/** The outcome of one entry of `user_expressions`. */
export type ExpressionOutcome =
  | ({ readonly status: 'ok' } & Bundle)
  | ({ readonly status: 'error' } & Failure);

/** What the cell process reports. */
export type Report =
  | { readonly type: 'ready' }
  /** It answers its event loop again after an interrupt. */
  | { readonly type: 'interrupted' }
  | ({ readonly type: 'display'; readonly displayId: string; readonly update: boolean } & Bundle)
  | { readonly type: 'clear'; readonly wait: boolean }
  | {
      readonly type: 'comm';
      readonly kind: CommKind;
      readonly commId: string;
      readonly target: string;
      readonly data: JsonObject;
      readonly metadata: JsonObject;
    }
  /** Packages or files of the notebook's folder were changed on behalf of a cell. */
  | { readonly type: 'folder-changed' }
  /** The comm message `request` has been handled. */
  | { readonly type: 'handled' }
  | {
      readonly type: 'done';
      readonly failure: Failure | null;
      /** The result of the cell, when it had one. */
      readonly result?: Bundle | undefined;
      readonly expressions: Readonly<Record<string, ExpressionOutcome>>;
    }
  | {
      readonly type: 'ask-input';
      readonly ask: number;
      readonly prompt: string;
      readonly password: boolean;
      readonly sync: boolean;
    }
  | { readonly type: 'members'; readonly ask: number; readonly names: readonly Member[] }
  | { readonly type: 'described'; readonly ask: number; readonly text: string | null };

/** A name that a live object or the global scope has. */
export interface Member {
  readonly text: string;
  readonly type: 'function' | 'class' | 'instance' | 'property';
}

/**
 * Orders to the helper thread of the cell process, as lines of JSON on file descriptor `helperDescriptor`. `requests`
 * are those at work, as far as the kernel knows.
 */
export type HelperOrder =
  | { readonly type: 'interrupt'; readonly requests: readonly number[] }
  | { readonly type: 'input'; readonly value: string | null }
  | InspectorOrder;

/**
 * What a debugger asks of the inspector of the cell process (Chrome DevTools Protocol), by way of the helper thread;
 * `inspector-close` gives up the session, which lets go whatever is paused.
 */
export type InspectorOrder =
  | { readonly type: 'inspector'; readonly id: number; readonly method: string; readonly parameters: object }
  | { readonly type: 'inspector-close' };

/** What the inspector says, as lines of JSON on file descriptor `inspectorDescriptor`: answers by `id`, and events. */
export type InspectorReport =
  | { readonly id: number; readonly result: object }
  | { readonly id: number; readonly error: string }
  | { readonly method: string; readonly params: object };

/** File descriptors of the cell process besides 0 to 2. */
export const orderDescriptor = 3;
export const reportDescriptor = 4;
export const helperDescriptor = 5;
export const inspectorDescriptor = 6;
