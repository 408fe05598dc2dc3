import type { ByteRange, ByteSource } from '../storage/source.ts';

interface Asked {
  readonly ranges: readonly ByteRange[];
  answer(parts: Uint8Array[]): void;
  fail(error: unknown): void;
}

/**
 * The source, but calls of `readMany` that begin in one turn of the event loop and share a signal are one call: what lies together
 * in the file is then one request, also where several row groups are asked for side by side.
 */
export function readingTogether(source: ByteSource): ByteSource {
  const waiting = new Map<AbortSignal | undefined, Asked[]>();
  const send = async (signal: AbortSignal | undefined, asked: readonly Asked[]): Promise<void> => {
    try {
      const parts = await source.readMany(
        asked.flatMap(({ ranges }) => ranges),
        { signal },
      );
      let taken = 0;
      for (const { ranges, answer } of asked) {
        answer(parts.slice(taken, taken + ranges.length));
        taken += ranges.length;
      }
    } catch (error) {
      for (const { fail } of asked) fail(error);
    }
  };
  return {
    ...source,
    readMany: (ranges, options = {}) => {
      const { signal, ...others } = options;
      // Who brings memory or wants news of each range is served alone.
      if (Object.keys(others).length > 0) return source.readMany(ranges, options);
      const { promise, resolve, reject } = Promise.withResolvers<Uint8Array[]>();
      const one = { ranges, answer: resolve, fail: reject };
      const known = waiting.get(signal);
      if (known !== undefined) known.push(one);
      else {
        const asked = [one];
        waiting.set(signal, asked);
        setImmediate(() => {
          waiting.delete(signal);
          void send(signal, asked);
        });
      }
      return promise;
    },
  };
}
