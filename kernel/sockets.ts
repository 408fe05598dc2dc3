import { Reply, Router, XPublisher } from 'zeromq';
import { type Connection, endpoint } from './connection.ts';
import type { Outgoing, RequestChannel } from './messages.ts';
import type { Wire } from './wire.ts';

/** The five sockets of a kernel, bound; frames in, messages out. */
export interface Sockets {
  /** Sends on a channel whose peer is addressed by `identities`. */
  send(channel: RequestChannel | 'stdin', message: Outgoing): void;
  /** Publishes on iopub. False while the slowest reader is so far behind that more must wait (see `drained`). */
  publish(message: Outgoing): boolean;
  /** Bytes of iopub messages that no reader's queue had room for yet. */
  readonly waiting: number;
  /** Resolves when everything published has left `waiting`. */
  drained(): Promise<void>;
  /** Whether what a reader's queue has no room for is dropped, for that reader alone, instead of waiting for it. */
  dropForSlowReaders(drop: boolean): void;
  close(): void;
}

/** What the owner of the sockets does with frames that arrive. */
export interface Receivers {
  request(channel: RequestChannel, frames: Buffer[]): void;
  stdin(frames: Buffer[]): void;
  /** Somebody subscribed to iopub with this topic. */
  subscribed(topic: string): void;
}

/**
 * Messages that one reader's queue may hold. ZeroMQ drops what goes beyond; `noDrop` turns that into "not now", so
 * nothing is lost and this process knows how far behind the slowest reader is.
 */
const readerQueue = 250;

/** Bytes that may wait in this process before `publish` asks for patience. */
const waitingBytes = 16 * 2 ** 20;

/** Binds all sockets of a connection and starts to read them. Rejects when an address is taken. */
export async function openSockets(
  connection: Connection,
  wire: Wire,
  receivers: Receivers,
): Promise<Sockets> {
  const curve = connection.curveSecretKey
    ? { curveServer: true, curveSecretKey: connection.curveSecretKey }
    : undefined;
  const router = () => new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000, ...curve });
  const shell = router();
  const control = router();
  const stdin = router();
  const heartbeat = new Reply({ linger: 0, ...curve });
  const iopub = new XPublisher({
    sendHighWaterMark: readerQueue,
    noDrop: true,
    linger: 1000,
    sendTimeout: 0,
    ...curve,
  });
  iopub.verbosity = 'allSubs';
  const all = { shell, control, stdin, hb: heartbeat, iopub };
  await Promise.all(
    Object.entries(all).map(([name, socket]) => socket.bind(endpoint(connection, name as keyof typeof all))),
  );

  let closed = false;
  const read = async (socket: Router | XPublisher, receive: (frames: Buffer[]) => void): Promise<void> => {
    for await (const frames of socket) receive(frames);
  };
  const beat = async (): Promise<void> => {
    for await (const frames of heartbeat) await heartbeat.send(frames);
  };
  const reading = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      if (!closed) throw error;
    });
  };
  reading(read(shell, (frames) => receivers.request('shell', frames)));
  reading(read(control, (frames) => receivers.request('control', frames)));
  reading(read(stdin, receivers.stdin));
  reading(beat());
  reading(
    read(iopub, ([frame]) => {
      if (frame?.[0] === 1) receivers.subscribed(frame.toString('utf8', 1));
    }),
  );

  const queues = new Map<Router, Promise<void>>();
  let waiting = 0;
  const backlog: (Buffer | string | Uint8Array)[][] = [];
  let pumping: Promise<void> | undefined;

  const pump = async (): Promise<void> => {
    let pause = 1;
    for (let frames = backlog[0]; frames !== undefined && !closed; frames = backlog[0]) {
      try {
        await iopub.send(frames);
        waiting -= sizeOf(frames);
        backlog.shift();
        pause = 1;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(pause * 2, 16);
      }
    }
    pumping = undefined;
  };

  return {
    send(channel, message) {
      const socket = all[channel];
      const frames = wire.encode(message);
      const before = queues.get(socket) ?? Promise.resolve();
      // A peer that has gone is no reason to stop: ROUTER reports it as unroutable.
      const after = before.then(() => socket.send(frames)).catch(() => undefined);
      queues.set(socket, after);
    },
    publish(message) {
      const frames = wire.encode(message);
      waiting += sizeOf(frames);
      backlog.push(frames);
      pumping ??= pump();
      return waiting < waitingBytes;
    },
    get waiting() {
      return waiting;
    },
    async drained() {
      while (pumping) await pumping;
    },
    dropForSlowReaders(drop) {
      iopub.noDrop = !drop;
    },
    close() {
      closed = true;
      for (const socket of Object.values(all)) socket.close();
    },
  };
}

function sizeOf(frames: readonly (string | Uint8Array)[]): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  return bytes;
}
