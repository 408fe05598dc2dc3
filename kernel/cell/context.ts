import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<number>();
let latest = 0;

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
