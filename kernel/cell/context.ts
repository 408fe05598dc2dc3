import { AsyncLocalStorage } from 'node:async_hooks';
import { Interrupted } from '../errors.ts';

const storage = new AsyncLocalStorage<number>();
let latest = 0;

/** Requests that were interrupted while they were open, the latest of them. */
const interrupted = new Set<number>();
const rememberedInterrupts = 1000;

/**
 * The request on whose behalf the running code works: the cell or comm message whose code, or a timer or promise it
 * left behind, is running. Code with no such origin (a native callback) counts for the latest cell.
 */
export function currentRequest(): number {
  return storage.getStore() ?? latest;
}

/** Runs `work`, and all that it starts, on behalf of a request. */
export function onBehalfOf<T>(request: number, work: () => T): T {
  return storage.run(request, work);
}

/** From now on this cell answers for code without an origin. */
export function setLatestCell(request: number): void {
  latest = request;
}

/** From now on code that still runs on behalf of this request finds itself interrupted. */
export function markInterrupted(request: number): void {
  interrupted.add(request);
  if (interrupted.size > rememberedInterrupts)
    for (const oldest of interrupted) {
      interrupted.delete(oldest);
      break;
    }
}

/** Whether the running code belongs to a request that was interrupted. */
export function isInterrupted(): boolean {
  const request = storage.getStore();
  return request !== undefined && interrupted.has(request);
}

/**
 * JavaScript cannot stop a function that awaits. What an interrupted cell still does ends at the next thing it asks of
 * the kernel: throws `Interrupted` when it prints, shows, asks or sends.
 */
export function throwIfInterrupted(): void {
  if (isInterrupted()) throw new Interrupted('The cell was interrupted');
}
