import type { ByteRange, ReadOptions } from './source.ts';

/** Gap below which one request beats two: at 30 ms a request, 64 KB more cost less than another round trip (DESIGN). */
export const MERGE_GAP_BYTES = 64 * 1024;
/** A merged request grows no further than this, so that one lost connection costs a bounded repeat and big reads run in parallel. */
export const MERGE_MOST_BYTES = 8 * 1024 * 1024;
/** Requests of one `readMany` under way at once: browsers' six a host, and no gain beyond it in the range trial. */
export const PARALLEL_REQUESTS = 6;

export interface MergedRead {
  readonly range: ByteRange;
  /** Indices, in the list that was asked, of the ranges inside `range`. */
  readonly members: readonly number[];
}

/**
 * Merges ranges whose gap is at most `gap` bytes into reads of at most `most` bytes (a single longer range stays
 * whole). Every asked range lies inside exactly one read; empty ranges are left out. Sorted by offset.
 */
export function coalesce(
  ranges: readonly ByteRange[],
  gap: number = MERGE_GAP_BYTES,
  most: number = MERGE_MOST_BYTES,
): MergedRead[] {
  const order = ranges.map((_, index) => index).filter((index) => (ranges[index]?.length ?? 0) > 0);
  order.sort((a, b) => (ranges[a]?.offset ?? 0) - (ranges[b]?.offset ?? 0));
  const reads: { start: number; end: number; members: number[] }[] = [];
  for (const index of order) {
    const range = ranges[index];
    if (range === undefined) continue;
    const end = range.offset + range.length;
    const last = reads.at(-1);
    if (last && range.offset - last.end <= gap && Math.max(end, last.end) - last.start <= most) {
      last.end = Math.max(last.end, end);
      last.members.push(index);
    } else reads.push({ start: range.offset, end, members: [index] });
  }
  return reads.map(({ start, end, members }) => ({ range: { offset: start, length: end - start }, members }));
}

/**
 * Answers many ranges through `read` with merged requests, at most `PARALLEL_REQUESTS` at once. The answers are views
 * into the merged bytes: do not write into them. A range that runs over the object's end comes back shorter. `stop` fires when another
 * read has failed. `arrived` hears of each as it comes. Throws what failed first, be it a read or `arrived`.
 */
export async function readCoalesced(
  ranges: readonly ByteRange[],
  read: (range: ByteRange, stop: AbortSignal) => Promise<Uint8Array>,
  gap: number = MERGE_GAP_BYTES,
  arrived?: ReadOptions['arrived'],
): Promise<Uint8Array[]> {
  const answers: Uint8Array[] = ranges.map(() => new Uint8Array(0));
  const reads = coalesce(ranges, gap);
  const stop = new AbortController();
  let next = 0;
  let failed: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (let merged = reads[next++]; merged; merged = reads[next++]) {
      const bytes = await read(merged.range, stop.signal);
      for (const index of merged.members) {
        const range = ranges[index];
        if (range === undefined) continue;
        const start = range.offset - merged.range.offset;
        const answer = bytes.subarray(start, start + range.length);
        answers[index] = answer;
        arrived?.(index, answer);
      }
    }
  };
  const worker = (): Promise<void> =>
    work().catch((error: unknown) => {
      // The first failure decides: what nobody will see need not be asked for.
      failed ??= { error };
      next = reads.length;
      stop.abort(error);
    });
  // A failure is told once all have ended: the others still write into memory that is the caller's to use again.
  await Promise.all(Array.from({ length: Math.min(PARALLEL_REQUESTS, reads.length) }, worker));
  if (failed) throw failed.error;
  return answers;
}
