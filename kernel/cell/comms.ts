import { randomUUID } from 'node:crypto';
import { CommClosed, InvalidArgument } from '../errors.ts';
import type { JsonObject } from '../messages.ts';
import { report } from './channel.ts';
import { throwIfInterrupted } from './context.ts';
import type { CommKind, Order } from './protocol.ts';

/** A comm message as handlers get it. */
export interface CommMessage {
  readonly content: { readonly comm_id: string; readonly target_name?: string; readonly data: JsonObject };
  readonly metadata: JsonObject;
  readonly buffers: readonly Uint8Array[];
}

/** What may go beside the data of a comm message. */
export interface CommExtras {
  readonly metadata?: JsonObject | undefined;
  readonly buffers?: readonly (Uint8Array | ArrayBuffer | DataView)[] | undefined;
}

/** One open channel to an object in the front end. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Sends JSON and binary buffers; throws `CommClosed`, or `Interrupted`. */
  send(data: JsonObject, extras?: CommExtras): void;
  /** Calls back for every message; a promise that the callback returns is waited for before the next `idle`. */
  onMsg(callback: (message: CommMessage) => unknown): void;
  onClose(callback: (message: CommMessage) => unknown): void;
  /**
   * Closes it at both ends; the `onClose` callbacks are not called. Nothing happens when it is closed already. An
   * interrupted cell may still close, as that is how it cleans up.
   */
  close(data?: JsonObject, extras?: CommExtras): void;
}

/** Comms of a cell process, as the global `comms`. */
export interface Comms {
  /** From now on a `comm_open` of the front end for this target calls back with the comm. */
  registerTarget(name: string, opened: (comm: Comm, message: CommMessage) => unknown): void;
  unregisterTarget(name: string): void;
  /** Opens a comm to the front end's target of that name. */
  open(target: string, data?: JsonObject, extras?: CommExtras & { readonly id?: string | undefined }): Comm;
}

type CommOrder = Extract<Order, { type: 'comm' }>;

interface OpenComm extends Comm {
  readonly onMessage: ((message: CommMessage) => unknown)[];
  readonly onClosed: ((message: CommMessage) => unknown)[];
}

/** Makes `comms`, and `deliver`, which hands a message of the front end to its callbacks. */
export function openComms(): { comms: Comms; deliver: (order: CommOrder) => Promise<void> } {
  const targets = new Map<string, (comm: Comm, message: CommMessage) => unknown>();
  const open = new Map<string, OpenComm>();

  const send = (
    kind: CommKind,
    comm: Comm,
    data: JsonObject,
    { metadata = {}, buffers = [] }: CommExtras,
  ): void =>
    report(
      { type: 'comm', kind, commId: comm.id, target: comm.target, data, metadata },
      buffers.map(bytesOf),
    );

  const make = (id: string, target: string): OpenComm => {
    const comm: OpenComm = {
      id,
      target,
      onMessage: [],
      onClosed: [],
      send(data, extras = {}) {
        throwIfInterrupted();
        if (open.get(id) !== comm) throw new CommClosed(`The comm ${id} of ${target} is closed`);
        send('msg', comm, data, extras);
      },
      onMsg: (callback) => void comm.onMessage.push(callback),
      onClose: (callback) => void comm.onClosed.push(callback),
      close(data = {}, extras = {}) {
        if (open.get(id) !== comm) return;
        open.delete(id);
        send('close', comm, data, extras);
      },
    };
    open.set(id, comm);
    return comm;
  };

  const comms: Comms = {
    registerTarget(name, opened) {
      if (typeof name !== 'string' || typeof opened !== 'function')
        throw new InvalidArgument('comms.registerTarget takes a name and a function');
      targets.set(name, opened);
    },
    unregisterTarget: (name) => void targets.delete(name),
    open(target, data = {}, { id = randomUUID(), ...extras } = {}) {
      if (typeof target !== 'string') throw new InvalidArgument('comms.open takes the name of a target');
      throwIfInterrupted();
      if (open.has(id)) throw new InvalidArgument(`A comm ${id} is open already`);
      const comm = make(id, target);
      send('open', comm, data, extras);
      return comm;
    },
  };

  const deliver = async ({ kind, commId, target, data, metadata, buffers }: CommOrder): Promise<void> => {
    const content = { comm_id: commId, data, ...(kind === 'open' ? { target_name: target } : {}) };
    const message: CommMessage = { content, metadata, buffers };
    if (kind === 'open') {
      const opened = targets.get(target);
      const comm = make(commId, target);
      if (!opened) return comm.close({}, {});
      try {
        await opened(comm, message);
      } catch (error) {
        comm.close();
        throw error;
      }
      return;
    }
    const comm = open.get(commId);
    if (!comm) return;
    if (kind === 'close') open.delete(commId);
    // All callbacks start at once, in order; the first failure is told when all have ended.
    const callbacks = kind === 'close' ? comm.onClosed : comm.onMessage;
    const results = await Promise.allSettled(callbacks.map(async (callback) => callback(message)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  };
  return { comms, deliver };
}

function bytesOf(buffer: Uint8Array | ArrayBuffer | DataView): Uint8Array {
  if (buffer instanceof Uint8Array) return buffer;
  if (ArrayBuffer.isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  throw new InvalidArgument('Buffers of a comm message are Uint8Array, DataView or ArrayBuffer');
}
