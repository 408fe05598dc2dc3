import { isTileError, isTileReply, tilesInFlight, tileTimeoutMs } from '../shared/tile-messages.ts';
import type { ViewModel } from './render-context.ts';
import { abortError, ViewError } from './view-error.ts';

interface Wanted {
  readonly id: string;
  readonly send: () => void;
  readonly settle: (bytes: Uint8Array<ArrayBuffer> | undefined, error?: Error) => void;
}

const page = Math.random().toString(36).slice(2, 10);
let clients = 0;

/**
 * Fetches tiles from a widget in the kernel by custom messages of its comm: at most `tilesInFlight` open requests, the
 * others wait here, and a request that is aborted is cancelled in the kernel too.
 */
export class TileClient {
  readonly #model: Pick<ViewModel<object>, 'on' | 'off' | 'send'>;
  readonly #open = new Map<string, Wanted>();
  readonly #waiting = new Map<string, Wanted>();
  readonly #prefix = `${page}-${++clients}-`;
  #count = 0;

  constructor(model: Pick<ViewModel<object>, 'on' | 'off' | 'send'>) {
    this.#model = model;
    model.on('msg:custom', this.#receive);
  }

  /** One tile's bytes, undefined for an empty one. Rejects with `ViewError`, or an AbortError after an abort. */
  tile(
    source: string,
    z: number,
    x: number,
    y: number,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortError());
        return;
      }
      const id = this.#prefix + ++this.#count;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const wanted: Wanted = {
        id,
        send: () => {
          timer = setTimeout(() => {
            this.#model.send({ kind: 'tile-cancel', id });
            wanted.settle(undefined, new ViewError('the kernel did not answer: it is busy or gone'));
          }, tileTimeoutMs);
          this.#model.send({ kind: 'tile', id, source, z, x, y });
        },
        settle: (bytes, error) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          this.#waiting.delete(id);
          this.#open.delete(id);
          if (error === undefined) resolve(bytes);
          else reject(error);
          this.#next();
        },
      };
      const abort = () => {
        if (this.#open.has(id)) this.#model.send({ kind: 'tile-cancel', id });
        wanted.settle(undefined, abortError());
      };
      signal.addEventListener('abort', abort);
      this.#waiting.set(id, wanted);
      this.#next();
    });
  }

  /** Cancels everything that is open. */
  close(): void {
    this.#model.off('msg:custom', this.#receive);
    const left = [...this.#open.values(), ...this.#waiting.values()];
    this.#waiting.clear();
    for (const { id, settle } of left) {
      if (this.#open.has(id)) this.#model.send({ kind: 'tile-cancel', id });
      settle(undefined, abortError());
    }
  }

  #next(): void {
    for (const [id, wanted] of this.#waiting) {
      if (this.#open.size >= tilesInFlight) return;
      this.#waiting.delete(id);
      this.#open.set(id, wanted);
      wanted.send();
    }
  }

  readonly #receive = (content: unknown, buffers: readonly (ArrayBuffer | ArrayBufferView)[] = []): void => {
    if (isTileError(content)) this.#open.get(content.id)?.settle(undefined, new ViewError(content.reason));
    else if (isTileReply(content)) this.#open.get(content.id)?.settle(copyOf(buffers[0]));
  };
}

/** A buffer of its own: what arrives is a part of the whole message, and workers take buffers away. */
function copyOf(buffer: ArrayBuffer | ArrayBufferView | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (buffer === undefined) return undefined;
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  return new Uint8Array(bytes);
}
