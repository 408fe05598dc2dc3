import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { oneReadyForQuery } from './ready-for-query.ts';
import { type WireRequest, wireReader } from './wire-reader.ts';

/** A database with one session that answers PostgreSQL's messages. */
export interface WireDatabase {
  /** The answer to some messages of one client, up to a Sync or a simple query. */
  answer(messages: Uint8Array): Promise<Buffer>;
  inTransaction(): boolean;
}

export interface WireServer {
  /** Connected clients. */
  clients(): number;
  /** Disconnects all, rolls back what was open, and listens no more. The database stays open. */
  close(): Promise<void>;
}

interface Waiting {
  readonly socket: Socket;
  readonly request: WireRequest;
}

export interface WireServerOptions {
  /**
   * After this long without a word a client that has a transaction open while others wait is thrown out, in milliseconds: it may
   * be stopped, and all others would wait for it.
   */
  readonly stillMs?: number | undefined;
}

const rollback: WireRequest = { type: 'Q'.charCodeAt(0), bytes: message('Q', 'rollback') };

/** As PostgreSQL says it (`idle_in_transaction_session_timeout`). */
const stoodStill = message(
  'E',
  'SFATAL',
  'VFATAL',
  'C25P03',
  'Mthe transaction stood still while others waited',
  '',
);

/**
 * Serves one database session to many clients on a unix socket. A client's messages up to its Sync are answered in one go, and
 * from `begin` to the end of a transaction only its own, so that clients never meet in the middle of each other's
 * statements; a client that vanishes inside a transaction, or stands still in it, is rolled back. Settings of a session are shared
 * by all.
 */
export async function serveDatabase(
  database: WireDatabase,
  path: string,
  { stillMs = 5_000 }: WireServerOptions = {},
): Promise<WireServer> {
  const sockets = new Set<Socket>();
  let queue: Waiting[] = [];
  let owner: Socket | undefined;
  let working: Promise<void> | undefined;
  let answeredAt = 0;
  let watch: NodeJS.Timeout | undefined;

  /** The next request that may be answered now; inside a transaction only its owner's. */
  function take(): Waiting | undefined {
    if (owner === undefined) return queue.shift();
    if (!sockets.has(owner)) return { socket: owner, request: rollback };
    const place = queue.findIndex(({ socket }) => socket === owner);
    return place < 0 ? undefined : queue.splice(place, 1)[0];
  }

  async function work(): Promise<void> {
    for (let next = take(); next !== undefined; next = take()) {
      const { socket, request } = next;
      const answer = await database.answer(request.bytes);
      owner = database.inTransaction() ? socket : undefined;
      answeredAt = performance.now();
      if (sockets.has(socket)) for (const part of oneReadyForQuery(request.type, answer)) socket.write(part);
      // The database works without giving way: sockets and signals get their turn here.
      await turn();
    }
  }

  function wake(): void {
    working ??= work().finally(() => {
      working = undefined;
      watchOwner();
    });
  }

  /** While others wait for the owner of a transaction: bounds how long it may be silent. */
  function watchOwner(): void {
    clearTimeout(watch);
    const silent = owner;
    if (silent === undefined || queue.length === 0) return;
    watch = setTimeout(
      // What came while this process itself stood still is read first.
      () => setImmediate(throwOut, silent),
      answeredAt + stillMs - performance.now(),
    );
  }

  function throwOut(silent: Socket): void {
    if (owner !== silent || working !== undefined || performance.now() < answeredAt + stillMs) return;
    silent.write(stoodStill);
    silent.destroy();
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    const read = wireReader({
      reply: (bytes) => void socket.write(bytes),
      end: () => socket.end(),
    });
    socket.on('data', (chunk: Buffer) => {
      for (const request of read(chunk)) queue.push({ socket, request });
      wake();
    });
    // Clients are killed; what matters is that they are gone.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      queue = queue.filter((waiting) => waiting.socket !== socket);
      wake();
    });
  });
  server.listen(path);
  await once(server, 'listening');

  return {
    clients: () => sockets.size,
    async close() {
      server.close();
      clearTimeout(watch);
      const closed = [...sockets].map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      wake();
      await working;
    },
  };
}

/** A message of one type with texts that each end with a zero. */
function message(type: string, ...texts: readonly string[]): Buffer {
  const body = Buffer.from(texts.map((text) => `${text}\0`).join(''));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
