import { Reply, Router, XPublisher } from 'zeromq';
import { type Connection, endpoint } from './connection.ts';
import { AddressRefused } from './errors.ts';
import { IopubQueue, type QueueListener } from './iopub-queue.ts';
import type { Outgoing, RequestChannel } from './messages.ts';
import type { Wire } from './wire.ts';

/** The five sockets of a kernel, bound; frames in, messages out. */
export interface Sockets {
  /** Sends on a channel whose peer is addressed by `identities`. */
  send(channel: RequestChannel | 'stdin', message: Outgoing): void;
  /** Publishes on iopub; `text`: a subscriber that takes nothing for long may lose it. */
  publish(message: Outgoing, text: boolean): void;
  /** Resolves when everything published has been sent. */
  drained(): Promise<void>;
  close(): void;
}

/** What the owner of the sockets does with frames that arrive. */
export interface Receivers extends QueueListener {
  request(channel: RequestChannel, frames: Buffer[]): void;
  stdin(frames: Buffer[]): void;
  /** Somebody subscribed to iopub with this topic. */
  subscribed(topic: string): void;
}

/** Messages that one subscriber's queue holds; what goes beyond waits in an `IopubQueue`. */
const subscriberMessages = 250;

/** Binds all sockets of a connection and starts to read them. Rejects with `AddressRefused` when one is taken. */
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
    sendHighWaterMark: subscriberMessages,
    noDrop: true,
    linger: 1000,
    sendTimeout: 0,
    ...curve,
  });
  iopub.verbosity = 'allSubs';
  const all = { shell, control, stdin, hb: heartbeat, iopub };
  await bindAll(all, connection);

  let closed = false;
  const read = async (socket: Router | XPublisher, receive: (frames: Buffer[]) => void): Promise<void> => {
    for await (const frames of socket)
      try {
        receive(frames);
      } catch (error) {
        // A defect of ours costs this message, not the channel.
        process.stderr.write(`furrow: a message could not be handled: ${describe(error)}\n`);
      }
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
  const queue = new IopubQueue(
    {
      send: (frames) => iopub.send([...frames]),
      lossy: (on) => {
        iopub.noDrop = !on;
      },
    },
    receivers,
  );

  return {
    send(channel, message) {
      const socket = all[channel];
      const frames = wire.encode(message);
      const before = queues.get(socket);
      // At once when nothing waits: a reply that came a turn later would go out behind its idle status.
      const sending = before ? before.then(() => socket.send(frames)) : socket.send(frames);
      // A peer that has gone is no reason to stop: ROUTER reports it as unroutable.
      const after = sending
        .catch(() => undefined)
        .then(() => {
          if (queues.get(socket) === after) queues.delete(socket);
        });
      queues.set(socket, after);
    },
    publish: (message, text) => queue.push(wire.encode(message), text, announcesCell(message)),
    drained: () => queue.drained(),
    close() {
      closed = true;
      queue.close();
      for (const socket of Object.values(all)) socket.close();
    },
  };
}

async function bindAll(
  sockets: Readonly<Record<keyof Connection['ports'], Router | Reply | XPublisher>>,
  connection: Connection,
): Promise<void> {
  const bound = Object.entries(sockets).map(async ([name, socket]) => {
    const address = endpoint(connection, name as keyof Connection['ports']);
    try {
      await socket.bind(address);
    } catch (cause) {
      throw new AddressRefused(
        `The ${name} channel cannot be served at ${address}: ${(cause as Error).message}`,
        { cause },
      );
    }
  });
  const [failed] = (await Promise.allSettled(bound)).filter((result) => result.status === 'rejected');
  if (failed === undefined) return;
  for (const socket of Object.values(sockets)) socket.close();
  throw failed.reason;
}

/** What front ends hear before a cell runs. Each send costs about 0.1 ms: the cell, in its own process, begins meanwhile. */
function announcesCell({ type, parent, content }: Outgoing): boolean {
  if (type === 'execute_input') return true;
  return type === 'status' && content.execution_state === 'busy' && parent.msg_type === 'execute_request';
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
