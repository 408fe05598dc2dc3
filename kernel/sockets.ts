import type { Router, XPublisher } from 'zeromq';
import type { BoundSockets } from './bind-sockets.ts';
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

/** Starts to read sockets that are bound; what came meanwhile is there. */
export function openSockets(all: BoundSockets, wire: Wire, receivers: Receivers): Sockets {
  const { shell, control, stdin, hb: heartbeat, iopub } = all;
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

/** What front ends hear before a cell runs: of one that is done within a millisecond it travels with the result. */
function announcesCell({ type, parent, content }: Outgoing): boolean {
  if (type === 'execute_input') return true;
  return type === 'status' && content.execution_state === 'busy' && parent.msg_type === 'execute_request';
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
