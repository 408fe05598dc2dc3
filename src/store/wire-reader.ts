/** Messages that are answered together. `type` is the first byte of the last one (0 for a startup message). */
export interface WireRequest {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** What a reader does besides: answer a client itself, or close the connection. */
export interface WireActions {
  reply(bytes: Uint8Array): void;
  end(): void;
}

// PostgreSQL manual, "Message Formats": codes in place of the protocol version.
const sslRequest = 80877103;
const gssRequest = 80877104;
const cancelRequest = 80877102;

/** PostgreSQL's own bound of a message (MaxAllocSize in memutils.h). */
const longest = 0x3fffffff;

const [simpleQuery = 0, sync = 0, flush = 0, functionCall = 0, terminate = 0] = Buffer.from('QSHFX');
const closing = new Set([simpleQuery, sync, flush, functionCall]);

/**
 * Cuts a client's bytes into requests: the startup message, then messages up to and with each Sync, Flush or simple query.
 * Encryption is declined; a request to cancel (on a connection of its own) is not supported and ends it, as does a message
 * that is longer than PostgreSQL allows.
 */
export function wireReader(actions: WireActions): (chunk: Buffer) => WireRequest[] {
  let waiting: Buffer[] = [];
  let size = 0;
  let needed = 0;
  let started = false;
  let ended = false;
  let together: Buffer[] = [];

  function end(): void {
    ended = true;
    actions.end();
  }

  /** The length of the message at the start of `bytes`; undefined when its header is not there yet. */
  function lengthAt(bytes: Buffer): number | undefined {
    const head = started ? 1 : 0;
    if (bytes.length < head + 4) return undefined;
    const length = bytes.readInt32BE(head);
    if (length >= 4 && length <= longest) return head + length;
    end();
    return undefined;
  }

  function startup(message: Buffer): WireRequest | undefined {
    const code = message.length >= 8 ? message.readInt32BE(4) : 0;
    if (code === sslRequest || code === gssRequest) {
      actions.reply(Buffer.from('N'));
      return undefined;
    }
    if (code === cancelRequest) {
      end();
      return undefined;
    }
    started = true;
    return { type: 0, bytes: message };
  }

  function request(message: Buffer): WireRequest | undefined {
    if (!started) return startup(message);
    const type = message[0] ?? 0;
    if (type === terminate) {
      end();
      return undefined;
    }
    together.push(message);
    if (!closing.has(type)) return undefined;
    const bytes = Buffer.concat(together);
    together = [];
    return { type, bytes };
  }

  return (chunk) => {
    if (ended) return [];
    waiting.push(chunk);
    size += chunk.length;
    if (size < needed) return [];
    let bytes = Buffer.concat(waiting);
    const requests: WireRequest[] = [];
    for (;;) {
      const length = lengthAt(bytes);
      needed = length ?? 0;
      if (ended || length === undefined || bytes.length < length) break;
      const next = request(bytes.subarray(0, length));
      if (next !== undefined) requests.push(next);
      bytes = bytes.subarray(length);
    }
    waiting = [bytes];
    size = bytes.length;
    return requests;
  };
}
