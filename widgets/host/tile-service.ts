import { limit } from '../../src/index.ts';
import type { JsonObject } from '../shared/json.ts';
import { isTileCancel, isTileRequest, type TileRequest, tilesWaiting } from '../shared/tile-messages.ts';

/** Makes the bytes of one tile; undefined for an empty one. */
export type TileMaker = (
  z: number,
  x: number,
  y: number,
  options: { signal: AbortSignal },
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** Finds the maker of a source that a view names; undefined when the source is unknown or no longer drawn. */
export type TileSources = (source: string) => TileMaker | undefined;

type Send = (content: JsonObject, buffers: readonly Uint8Array[]) => void;

/**
 * Answers tile requests on one comm: at most the limit `tileRequests` at work, `tilesWaiting` in a queue, newest cancel wins.
 * A cancelled request is not answered.
 */
export class TileService {
  readonly #sources: TileSources;
  readonly #send: Send;
  readonly #waiting = new Map<string, TileRequest>();
  readonly #working = new Map<string, AbortController>();

  constructor(sources: TileSources, send: Send) {
    this.#sources = sources;
    this.#send = send;
  }

  /** True when the message was a tile request or a cancel, and is taken care of. */
  take(content: unknown): boolean {
    if (isTileCancel(content)) {
      this.#waiting.delete(content.id);
      this.#working.get(content.id)?.abort();
      return true;
    }
    if (!isTileRequest(content)) return false;
    if (this.#waiting.has(content.id) || this.#working.has(content.id))
      this.#refuse(content.id, 'the id of that tile request is in use');
    else if (this.#waiting.size >= tilesWaiting)
      this.#refuse(content.id, `more than ${tilesWaiting} tile requests are waiting`);
    else {
      this.#waiting.set(content.id, content);
      this.#next();
    }
    return true;
  }

  /** Stops all work. */
  close(): void {
    this.#waiting.clear();
    for (const controller of this.#working.values()) controller.abort();
  }

  #next(): void {
    for (const [id, request] of this.#waiting) {
      if (this.#working.size >= limit('tileRequests')) return;
      this.#waiting.delete(id);
      const controller = new AbortController();
      this.#working.set(id, controller);
      void this.#make(request, controller.signal);
    }
  }

  async #make({ id, source, z, x, y }: TileRequest, signal: AbortSignal): Promise<void> {
    try {
      const maker = this.#sources(source);
      const bytes = await maker?.(z, x, y, { signal });
      if (!signal.aborted) this.#send({ kind: 'tile', id }, bytes === undefined ? [] : [bytes]);
    } catch (error) {
      if (!signal.aborted) this.#refuse(id, error instanceof Error ? error.message : String(error));
    } finally {
      this.#working.delete(id);
      this.#next();
    }
  }

  #refuse(id: string, reason: string): void {
    this.#send({ kind: 'tile-error', id, reason: reason.slice(0, 500) }, []);
  }
}
