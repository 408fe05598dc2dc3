import { limit } from '../limits.ts';

/** Decoded tiles by key, least recently used dropped first, within a budget of bytes. */
export class TileCache {
  readonly #most: number | undefined;
  readonly #tiles = new Map<string, Uint8Array>();
  #bytes = 0;

  /** `most` bytes; the limit `tileCacheBytes` when left out. */
  constructor(most?: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Uint8Array | undefined {
    const tile = this.#tiles.get(key);
    if (tile === undefined) return undefined;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  /** Keeps a tile; the caller must not write into it afterwards. One larger than a quarter of the budget is not kept. */
  set(key: string, tile: Uint8Array): void {
    const most = this.#most ?? limit('tileCacheBytes');
    const size = tile.buffer.byteLength;
    if (size > most / 4) return;
    this.#drop(key);
    this.#tiles.set(key, tile);
    this.#bytes += size;
    for (const oldest of this.#tiles.keys()) {
      if (this.#bytes <= most) break;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#tiles.clear();
    this.#bytes = 0;
  }

  #drop(key: string): void {
    const tile = this.#tiles.get(key);
    if (tile === undefined) return;
    this.#tiles.delete(key);
    this.#bytes -= tile.buffer.byteLength;
  }
}

/** The cache that rasters of this thread share. */
export const sharedTileCache = new TileCache();
