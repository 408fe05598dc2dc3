import { Unsupported } from '../../src/index.ts';
import type { JsonObject } from '../shared/json.ts';

export interface CommSendOptions {
  readonly buffers?: readonly Uint8Array[] | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** One open comm. Buffers of incoming messages are views that the receiver may keep. */
export interface CommHandle {
  readonly id: string;
  send(data: JsonObject, options?: CommSendOptions): void;
  onMessage(receive: (data: unknown, buffers: readonly Uint8Array[]) => void): void;
  onClose(closed: () => void): void;
  close(data?: JsonObject): void;
}

/** The kernel's comm manager as widgets see it. */
export interface CommPort {
  open(target: string, data: JsonObject, options?: CommSendOptions): CommHandle;
  /** Called for every comm that a browser opens on the target. */
  registerTarget(target: string, opened: (comm: CommHandle) => void): void;
}

/** The comm API of the cell process (`comms` in a cell), by structure: `kernel/` knows nothing of widgets. */
export interface KernelComm {
  readonly id: string;
  send(data: JsonObject, options?: { buffers?: Uint8Array[]; metadata?: JsonObject }): void;
  onMsg(receive: (message: { content: { data: unknown }; buffers: readonly Uint8Array[] }) => void): void;
  onClose(closed: () => void): void;
  close(data?: JsonObject): void;
}
export interface KernelComms {
  open(
    target: string,
    data: JsonObject,
    options?: { buffers?: Uint8Array[]; metadata?: JsonObject },
  ): KernelComm;
  registerTarget(target: string, opened: (comm: KernelComm) => void): void;
}

function plain({ buffers = [], metadata = {} }: CommSendOptions = {}): {
  buffers: Uint8Array[];
  metadata: JsonObject;
} {
  return { buffers: [...buffers], metadata };
}

function handleOf(comm: KernelComm): CommHandle {
  return {
    id: comm.id,
    send: (data, options) => comm.send(data, plain(options)),
    onMessage: (receive) => comm.onMsg(({ content, buffers }) => receive(content.data, buffers)),
    onClose: (closed) => comm.onClose(closed),
    close: (data) => comm.close(data),
  };
}

/** A port on the comm API of the cell process. */
export function kernelPort(comms: KernelComms): CommPort {
  return {
    open: (target, data, options) => handleOf(comms.open(target, data, plain(options))),
    registerTarget: (target, opened) => comms.registerTarget(target, (comm) => opened(handleOf(comm))),
  };
}

let attached: CommPort | undefined;

/** Sets the port that widgets open their comms on; `attachPort` is what the prelude calls. */
export function setCommPort(port: CommPort | undefined): void {
  attached = port;
}

/** The attached port. Throws `Unsupported` in a program that runs outside a kernel. */
export function commPort(): CommPort {
  if (attached === undefined)
    throw new Unsupported('widgets need a notebook: this program does not run in a Jupyter kernel');
  return attached;
}
