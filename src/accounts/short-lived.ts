export interface ShortLivedOptions {
  /** How long an answer is given again, in milliseconds. */
  readonly ms: number;
  /** Answers kept; the oldest goes first. */
  readonly most: number;
  readonly clock: () => Date;
}

export interface ShortLived<T> {
  /** The answer for the key, asked for anew where the kept one is too old. Many who ask at once wait for one answer. */
  get(key: string, ask: () => Promise<T>): Promise<T>;
  forget(key: string): void;
}

/** Keeps answers for moments: what failed, and what `keeps` does not want, is not kept. */
export function shortLived<T>(
  { ms, most, clock }: ShortLivedOptions,
  keeps: (answer: T) => boolean = () => true,
): ShortLived<T> {
  const kept = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();
  return {
    async get(key, ask) {
      const found = kept.get(key);
      if (found !== undefined && clock().getTime() < found.until) return await found.answer;
      const entry = { answer: ask(), until: clock().getTime() + ms };
      kept.delete(key);
      kept.set(key, entry);
      for (const oldest of kept.keys()) {
        if (kept.size <= most) break;
        kept.delete(oldest);
      }
      const drop = () => {
        if (kept.get(key) === entry) kept.delete(key);
      };
      try {
        const answer = await entry.answer;
        if (!keeps(answer)) drop();
        return answer;
      } catch (error) {
        drop();
        throw error;
      }
    },
    forget: (key) => void kept.delete(key),
  };
}
