import type { Comms } from './comms.ts';
import type { Display } from './display.ts';
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

export type { Comm, CommExtras, CommMessage, Comms } from './comms.ts';
export type { Display, DisplayHandle, DisplayOptions } from './display.ts';
