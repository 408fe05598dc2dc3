const readyForQuery = 'Z'.charCodeAt(0);

const flush = 'H'.charCodeAt(0);

/**
 * What a server may answer to a client's messages (`type`: the first byte of the last one): the answer without a
 * ReadyForQuery that came too early or twice. PGlite says it after every error and again at Sync; a client then takes the
 * second for the end of its next statement. PostgreSQL manual, "Message Flow": one ReadyForQuery a Sync or simple query.
 */
export function oneReadyForQuery(type: number, answer: Buffer): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let last: Uint8Array | undefined;
  let kept = 0;
  for (let at = 0; at + 5 <= answer.length; ) {
    const end = at + 1 + answer.readInt32BE(at + 1);
    if (answer[at] === readyForQuery) {
      if (at > kept) parts.push(answer.subarray(kept, at));
      last = answer.subarray(at, end);
      kept = end;
    }
    at = end;
  }
  if (kept < answer.length) parts.push(answer.subarray(kept));
  if (last !== undefined && type !== flush) parts.push(last);
  return parts;
}
