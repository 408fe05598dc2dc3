import type { Debugger } from 'node:inspector';
import { type Remote, valueText } from './remote-values.ts';
import { exactly } from './sources.ts';

/** Which exceptions stop. `uncaught`: those that no `try` around them, and no caller, catches as they are thrown. */
export type ExceptionMode = 'none' | 'uncaught' | 'all';

/** What was thrown, in words, and whether something will catch it. */
export interface Thrown {
  readonly name: string;
  readonly text: string;
  readonly caught: boolean;
}

/** A pause of the inspector: to be passed by one of its methods, or a stop that a front end gets to see. */
export type Judgement =
  | { readonly pass: 'Debugger.resume' | 'Debugger.stepOut' }
  | {
      readonly reason: 'breakpoint' | 'exception' | 'step' | 'pause';
      /** Innermost first; at least one. */
      readonly frames: readonly Debugger.CallFrame[];
      readonly thrown?: Thrown | undefined;
    };

/** What a pause is judged by. */
export interface PauseContext {
  /** The URL of a script: frames do not say what a `sourceURL` comment does. */
  readonly urlOf: (scriptId: string) => string;
  /** Whether a line of a script was added by the kernel, behind what a person wrote. */
  readonly isBehind: (url: string, line: number) => boolean;
  readonly mode: ExceptionMode;
  /** A pause was asked for. */
  readonly pausing: boolean;
}

/** This kernel as it runs, built together with the library that its prelude loads; from the sources it is the kernel. */
const ownFolder = new URL(import.meta.url.endsWith('.ts') ? '../' : '../../', import.meta.url).href;
const ownPackages = new URL('../node_modules/', ownFolder).href;

/** Scripts whose frames are not shown and not stepped into: Node's own, Furrow's and what came with it, its way to import. */
export const hiddenScripts: readonly string[] = [
  '^node:',
  `^${exactly(ownFolder)}`,
  `^${exactly(ownPackages)}`,
  '\\[cell\\]\\.[cm]js$',
];
const hidden = hiddenScripts.map((pattern) => new RegExp(pattern));

/** Whether a script is of no interest to whoever debugs cells. */
export function isHidden(url: string): boolean {
  return url === '' || hidden.some((pattern) => pattern.test(url));
}

/** Decides about a pause. */
export function judgePause(event: Debugger.PausedEventDataType, context: PauseContext): Judgement {
  const { reason, data, hitBreakpoints = [], callFrames } = event;
  const frames = callFrames
    .map((frame) => ({ ...frame, url: context.urlOf(frame.location.scriptId) }))
    .filter(({ url }) => !isHidden(url));
  const [top] = frames;
  if (!top) return { pass: 'Debugger.resume' };
  const inside = top.callFrameId !== callFrames[0]?.callFrameId;
  if (reason === 'exception' || reason === 'promiseRejection') {
    const { uncaught = false, ...value } = (data ?? {}) as { uncaught?: boolean } & Partial<Remote>;
    // The inspector takes all that ends an async function, as a cell is one, for handled somewhere.
    const caught = reason === 'exception' && !uncaught;
    if (caught && (inside || context.mode === 'uncaught')) return { pass: 'Debugger.resume' };
    const text = valueText({ type: 'object', ...value });
    return { reason: 'exception', frames, thrown: { name: value.className ?? 'Error', text, caught } };
  }
  if (hitBreakpoints.length > 0) return { reason: 'breakpoint', frames };
  // Node's own code is stepped into whatever the patterns say (nodejs/node#50058).
  if (inside || context.isBehind(top.url, top.location.lineNumber + 1)) return { pass: 'Debugger.stepOut' };
  if (reason === 'step') return { reason: 'step', frames };
  return { reason: context.pausing ? 'pause' : 'breakpoint', frames }; // else a `debugger` statement
}
