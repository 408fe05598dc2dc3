import { orCancelled, throwIfCancelled } from '../errors.ts';

/** Requests under way to one host, and those that wait for one of them to end. */
interface Turns {
  busy: number;
  /** Whoever came first stands first. */
  readonly waiting: Set<() => void>;
}

const hosts = new Map<string, Turns>();

/**
 * Waits until fewer than `most` requests to the host are under way; whoever is cancelled meanwhile leaves at once, so that nobody waits
 * behind what nobody wants any more. Gives what to call when the request is over, once or more often. Throws `Cancelled`.
 */
export async function takeTurn(
  host: string,
  most: number,
  signal: AbortSignal | undefined,
): Promise<() => void> {
  const what = `asking ${host}`;
  throwIfCancelled(signal, what);
  const turns = hosts.get(host) ?? { busy: 0, waiting: new Set() };
  hosts.set(host, turns);
  let held = true;
  const end = (): void => {
    if (!held) return;
    held = false;
    const [next] = turns.waiting;
    if (next) {
      turns.waiting.delete(next);
      next();
    } else if (--turns.busy === 0) hosts.delete(host);
  };
  if (turns.busy < most) {
    turns.busy += 1;
    return end;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  turns.waiting.add(resolve);
  try {
    await orCancelled(promise, signal, what);
  } catch (error) {
    // The turn may have come together with the abort.
    if (!turns.waiting.delete(resolve)) end();
    throw error;
  }
  return end;
}
