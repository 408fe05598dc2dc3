import { limit } from '../limits.ts';
import { free } from './scratch-memory.ts';

/** Tiles asked for once may take this part of the budget. */
const TRIAL_PART = 1 / 16;

interface Kept {
  readonly tile: Uint8Array;
  /** Nobody else holds its memory. */
  readonly own: boolean;
}

/**
 * Decoded tiles by key, least recently used dropped first, within a budget of bytes. A tile is on trial until it is asked for again:
 * windows strewn over many files then pass through little memory, which is used again, and drive out nothing that is wanted often.
 */
export class TileCache {
  readonly #most: number | undefined;
  readonly #trial = new Map<string, Kept>();
  readonly #tiles = new Map<string, Kept>();
  #trialBytes = 0;
  #bytes = 0;

  /** `most` bytes; the limit `tileCacheBytes` when left out. */
  constructor(most?: number) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes + this.#trialBytes;
  }

  get(key: string): Uint8Array | undefined {
    const kept = this.#tiles.get(key) ?? this.#trial.get(key);
    if (kept === undefined) return undefined;
    this.#drop(key);
    // Handed out, its memory is no longer the cache's alone.
    this.#keep(key, { tile: kept.tile, own: false });
    return kept.tile;
  }

  /**
   * Keeps a tile; the caller must not write into it afterwards, and with `own` not read it either: a tile that leaves
   * without having been asked for then gives its memory back at once. One larger than a quarter of the budget is not kept.
   */
  set(key: string, tile: Uint8Array, own = false): void {
    const most = this.#most ?? limit('tileCacheBytes');
    const size = tile.buffer.byteLength;
    if (size > most / 4) return;
    this.#drop(key);
    if (size > most * TRIAL_PART) {
      this.#keep(key, { tile, own });
      return;
    }
    this.#trial.set(key, { tile, own });
    this.#trialBytes += size;
    for (const oldest of this.#trial.keys()) {
      if (this.#trialBytes <= most * TRIAL_PART) break;
      this.#drop(oldest, true);
    }
  }

  clear(): void {
    this.#trial.clear();
    this.#tiles.clear();
    this.#trialBytes = 0;
    this.#bytes = 0;
  }

  #keep(key: string, kept: Kept): void {
    const most = (this.#most ?? limit('tileCacheBytes')) * (1 - TRIAL_PART);
    this.#tiles.set(key, kept);
    this.#bytes += kept.tile.buffer.byteLength;
    for (const oldest of this.#tiles.keys()) {
      if (this.#bytes <= most) break;
      this.#drop(oldest, true);
    }
  }

  #drop(key: string, leaves = false): void {
    const trial = this.#trial.get(key);
    const kept = trial ?? this.#tiles.get(key);
    if (kept === undefined) return;
    const size = kept.tile.buffer.byteLength;
    if (trial) this.#trialBytes -= size;
    else this.#bytes -= size;
    this.#trial.delete(key);
    this.#tiles.delete(key);
    if (leaves && kept.own) free(kept.tile);
  }
}

/** The cache that rasters of this thread share. */
export const sharedTileCache = new TileCache();
