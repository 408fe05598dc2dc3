import type { Comms } from './comms.ts';
import type { Display } from './display.ts';
import type { Progress } from './follow.ts';
import type { Input } from './input.ts';

/**
 * The globals that the kernel itself gives to cells, for the language service: each export is a name of every cell.
 * Only types: `main.ts` defines the values.
 */
export declare const display: Display;
export declare const comms: Comms;
export declare const input: Input;
/** Asks for a line of text and blocks until it is there; null when there is none. */
export declare function prompt(message?: string, preset?: string): string | null;
/** Shows how far a loop is: `for (const x of progress(list))`, also of asynchronous ones. */
export declare const progress: Progress;
/** Replaces what is shown under a name; as `display.update`. */
export declare function updateDisplay(displayId: string, value: unknown): void;
/** Clears the output of the cell, at once or (`wait`) when the next output comes; as `display.clear`. */
export declare function clearOutput(options?: { readonly wait?: boolean | undefined }): void;

export type { Comm, CommExtras, CommMessage, Comms } from './comms.ts';
export type { Display, DisplayHandle, DisplayOptions } from './display.ts';
export type { FollowOptions, Progress, ProgressBar } from './follow.ts';
