import type { ClientBase, Connection, Submittable } from 'pg';
import { StoreUnavailable } from '../errors.ts';

/** Chunks that wait for their reader, in bytes; beyond it the server is held back. */
const mostWaiting = 2 ** 20;

const [copyData = 0, readyForQuery = 0] = Buffer.from('dZ');

/** Signature, flags and length of the extension (PostgreSQL manual, COPY, "Binary Format"). */
const headerLength = 19;

/**
 * The answer to `copy (...) to stdout (format binary)`, as it comes: chunks of whole tuples without header and trailer. The
 * bytes are taken from the socket itself, as `pg` makes an object of every row. A reader that stops early gets the
 * connection back after the rest has passed, or (`abandon`) at once, with the rest still to come.
 */
export async function* copyChunks(
  client: ClientBase,
  sql: string,
  { abandon }: { readonly abandon: boolean },
): AsyncGenerator<Buffer, void, undefined> {
  let chunks: Buffer[] = [];
  let waiting = 0;
  let discard = false;
  let failure: unknown;
  let resume: () => void = () => undefined;
  let wake: () => void = () => undefined;
  const ended = Promise.withResolvers<void>();
  let done = false;
  let submitted = false;
  let complete = false;
  const end = () => {
    done = true;
    ended.resolve();
    wake();
  };

  const query: Submittable & Record<string, unknown> = {
    submit(connection: Connection) {
      submitted = true;
      resume = divert(
        connection,
        (chunk) => {
          if (discard) return true;
          chunks.push(chunk);
          waiting += chunk.length;
          wake();
          return waiting < mostWaiting;
        },
        end,
      );
      connection.query(sql);
    },
    handleError(error: unknown) {
      failure ??= error;
      // A refused statement ends with its ReadyForQuery; one that was never sent ends here.
      if (!submitted) end();
    },
    handleReadyForQuery() {
      complete = true;
      end();
    },
    handleCommandComplete: () => undefined,
    handleCopyData: () => undefined,
  };
  client.query(query);
  try {
    for (;;) {
      const ready = chunks;
      chunks = [];
      waiting = 0;
      for (const chunk of ready) yield chunk;
      if (chunks.length > 0) continue;
      if (done) break;
      resume();
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    if (failure !== undefined) throw failure;
    if (!complete) throw new StoreUnavailable('copying out of the store: the connection was lost');
  } finally {
    discard = true;
    resume();
    if (!abandon && !done) await ended.promise;
  }
}

/**
 * Puts a reader before that of `pg` on a connection until ReadyForQuery: payloads of CopyData go to `take`, which says
 * whether it wants more now, all other messages to `pg`. Gives the function that lets it go on.
 */
function divert(connection: Connection, take: (chunk: Buffer) => boolean, end: () => void): () => void {
  const { stream } = connection;
  const own = stream.listeners('data') as ((bytes: Buffer) => void)[];
  const pass = (bytes: Buffer) => {
    for (const listener of own) listener(bytes);
  };
  let rest: Buffer | undefined;
  let begun = false;

  function restore(): void {
    stream.off('data', read);
    stream.off('close', restore);
    for (const listener of own) stream.on('data', listener);
    end();
  }

  function read(received: Buffer): void {
    const bytes = rest === undefined ? received : Buffer.concat([rest, received]);
    let kept = 0;
    let at = 0;
    while (at + 5 <= bytes.length) {
      const next = at + 1 + bytes.readInt32BE(at + 1);
      if (next > bytes.length) break;
      if (bytes[at] === copyData) {
        // Payloads are moved together in place: they always lie behind what was kept so far.
        const from = begun ? at + 5 : at + 5 + headerLength;
        begun = true;
        if (next - from !== 2 || bytes.readInt16BE(from) !== -1) {
          bytes.copyWithin(kept, from, next);
          kept += next - from;
        }
      } else if (bytes[at] === readyForQuery) {
        rest = undefined;
        if (kept > 0) take(bytes.subarray(0, kept));
        restore();
        pass(bytes.subarray(at));
        return;
      } else pass(bytes.subarray(at, next));
      at = next;
    }
    // Apart from the chunk, whose front is the reader's now.
    rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
    if (kept > 0 && !take(bytes.subarray(0, kept))) stream.pause();
  }

  stream.removeAllListeners('data');
  stream.on('data', read);
  stream.once('close', restore);
  return () => void stream.resume();
}
