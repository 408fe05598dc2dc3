import { pathToFileURL } from 'node:url';
import { InvalidUsage } from '../errors.ts';
import type { Comms } from './comms.ts';
import type { Display } from './display.ts';
import type { Input } from './input.ts';

/** What the kernel hands to a prelude, so that the prelude needs no globals. */
export interface KernelApi {
  readonly comms: Comms;
  readonly display: Display;
  readonly input: Input;
  /** Aborted when the cell (or comm message) on whose behalf it was asked for is interrupted. */
  readonly signal: () => AbortSignal;
}

/**
 * Loads the module whose exports every cell sees as globals. An export `attachKernel` is called with the kernel's API
 * first and is no global. Cells may declare the names anew.
 */
export async function loadPrelude(file: string, api: KernelApi): Promise<object> {
  const prelude = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const { attachKernel } = prelude;
  if (attachKernel !== undefined) {
    if (typeof attachKernel !== 'function') throw new InvalidUsage(`attachKernel of ${file} is no function`);
    await (attachKernel as (api: KernelApi) => unknown)(api);
  }
  for (const [name, value] of Object.entries(prelude)) {
    if (name === 'attachKernel' || name === 'default') continue;
    Object.defineProperty(globalThis, name, { configurable: true, enumerable: true, writable: true, value });
  }
  return prelude;
}
