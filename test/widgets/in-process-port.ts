import type { CommHandle, CommPort, CommSendOptions } from '../../widgets/host/comm-port.ts';
import type { JsonObject } from '../../widgets/shared/json.ts';

/** A message that a widget sent. */
export interface Sent {
  readonly data: JsonObject;
  readonly buffers: readonly Uint8Array[];
}

/** The browser's end of one comm. */
export interface FarEnd {
  readonly id: string;
  readonly target: string;
  readonly opened: Sent;
  readonly metadata: JsonObject;
  readonly sent: Sent[];
  closed: boolean;
  /** Called for every message that the widget sends. */
  listener: ((message: Sent) => void) | undefined;
  /** Sends from the browser's side, as JSON would arrive. */
  deliver(data: unknown, buffers?: readonly Uint8Array[]): void;
  closeFromBrowser(): void;
}

/** A comm port without a kernel: what widgets send is kept, what a browser sends is delivered by the test. */
export class InProcessPort implements CommPort {
  readonly comms = new Map<string, FarEnd>();
  readonly #targets = new Map<string, (comm: CommHandle) => void>();
  /** Called for every comm that a widget opens. */
  onOpen: ((comm: FarEnd) => void) | undefined;
  #count = 0;

  open(target: string, data: JsonObject, { buffers = [], metadata = {} }: CommSendOptions = {}): CommHandle {
    const [handle, far] = this.#pair(target, { data, buffers }, metadata);
    this.comms.set(far.id, far);
    this.onOpen?.(far);
    return handle;
  }

  registerTarget(target: string, opened: (comm: CommHandle) => void): void {
    this.#targets.set(target, opened);
  }

  /** Opens a comm from the browser's side. */
  openFromBrowser(target: string): FarEnd {
    const [handle, far] = this.#pair(target, { data: {}, buffers: [] }, {});
    this.#targets.get(target)?.(handle);
    return far;
  }

  #pair(target: string, opened: Sent, metadata: JsonObject): [CommHandle, FarEnd] {
    let receive: ((data: unknown, buffers: readonly Uint8Array[]) => void) | undefined;
    let closed: (() => void) | undefined;
    const far: FarEnd = {
      id: `comm-${++this.#count}`,
      target,
      opened,
      metadata,
      sent: [],
      closed: false,
      listener: undefined,
      deliver: (data, buffers = []) => receive?.(structuredClone(data), buffers),
      closeFromBrowser: () => closed?.(),
    };
    const handle: CommHandle = {
      id: far.id,
      send: (data, { buffers = [] } = {}) => {
        const message = { data: structuredClone(data), buffers };
        far.sent.push(message);
        far.listener?.(message);
      },
      onMessage: (callback) => {
        receive = callback;
      },
      onClose: (callback) => {
        closed = callback;
      },
      close: () => {
        far.closed = true;
      },
    };
    return [handle, far];
  }
}
