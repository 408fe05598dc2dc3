import { InvalidArgument } from '../errors.ts';
import { currentRequest, throwIfInterrupted } from './context.ts';
import { shortText } from './plain-text.ts';

/** What the top level of open cells declared with `using`. */
const stacks = new Map<number, AsyncDisposableStack>();

/**
 * What stands in a script for `using name = value` (`kind` is `using` or `await using`) at the top level of a cell: gives
 * the value, which is disposed of when the cell ends. Throws where it cannot be disposed of.
 */
export function useUntilEnd(value: unknown, kind: string): unknown {
  throwIfInterrupted();
  if (value === null || value === undefined) return value;
  const { [Symbol.dispose]: now, [Symbol.asyncDispose]: later } = Object(value) as Record<symbol, unknown>;
  const dispose = kind === 'using' ? now : (later ?? now);
  if (typeof dispose !== 'function')
    throw new InvalidArgument(
      `${shortText(value)} cannot be declared with ${kind}: it has no method [${kind === 'using' ? 'Symbol.dispose' : 'Symbol.asyncDispose'}]`,
    );
  const request = currentRequest();
  const stack = stacks.get(request) ?? new AsyncDisposableStack();
  stacks.set(request, stack);
  stack.defer(() => {
    const done: unknown = Reflect.apply(dispose, value, []);
    return kind === 'using' ? undefined : (done as PromiseLike<void>);
  });
  return value;
}

/** Runs a cell and then disposes of what it declared with `using`, the last first, also when it throws. */
export async function withResources(request: number, work: () => Promise<void>): Promise<void> {
  const thrown: unknown[] = [];
  await work().catch((error: unknown) => thrown.push(error));
  await closeResources(request).catch((error: unknown) => {
    const text = 'An error while disposing of what the cell declared with using';
    thrown[0] = thrown.length > 0 ? new SuppressedError(error, thrown[0], text) : error;
    thrown.length = 1;
  });
  if (thrown.length > 0) throw thrown[0];
}

/** Disposes of what a request still holds; an interrupted one never comes to its end. */
export async function closeResources(request: number): Promise<void> {
  const stack = stacks.get(request);
  stacks.delete(request);
  await stack?.disposeAsync();
}
