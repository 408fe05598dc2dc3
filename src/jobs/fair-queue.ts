/** Something that waits on behalf of a caller. */
export interface Waiting {
  readonly caller: string;
}

/** Requests that wait, served fairly between their callers whatever one of them piles up. */
export interface FairQueue<Request extends Waiting> {
  readonly size: number;
  /** How many of one caller wait. */
  of(caller: string): number;
  add(request: Request): void;
  /** False where it does not wait any more. */
  remove(request: Request): boolean;
  /**
   * Takes the next request that `may` be served: of the caller who has the fewest at work, of several such the one whose last turn is
   * longest ago, of that one's the oldest.
   */
  take(working: Iterable<Waiting>, may: (request: Request) => boolean): Request | undefined;
  /** Takes all. */
  empty(): Request[];
}

export function fairQueue<Request extends Waiting>(): FairQueue<Request> {
  const waiting: Request[] = [];
  /** Number of the last turn of callers who are waiting or at work. */
  const turns = new Map<string, number>();
  let turn = 0;
  return {
    get size() {
      return waiting.length;
    },
    of: (caller) => waiting.filter((request) => request.caller === caller).length,
    add: (request) => void waiting.push(request),
    remove: (request) => {
      const at = waiting.indexOf(request);
      if (at >= 0) waiting.splice(at, 1);
      return at >= 0;
    },
    take: (working, may) => {
      const load = new Map<string, number>();
      for (const { caller } of working) load.set(caller, (load.get(caller) ?? 0) + 1);
      const rank = ({ caller }: Request) => [load.get(caller) ?? 0, turns.get(caller) ?? 0] as const;
      let best: Request | undefined;
      for (const request of waiting) {
        if (!may(request)) continue;
        const [busy, last] = rank(request);
        const [least, first] = best === undefined ? [Number.POSITIVE_INFINITY, 0] : rank(best);
        if (busy < least || (busy === least && last < first)) best = request;
      }
      if (best === undefined) return undefined;
      waiting.splice(waiting.indexOf(best), 1);
      for (const caller of turns.keys())
        if (!load.has(caller) && !waiting.some((request) => request.caller === caller)) turns.delete(caller);
      turn += 1;
      turns.set(best.caller, turn);
      return best;
    },
    empty: () => waiting.splice(0),
  };
}
