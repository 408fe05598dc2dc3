import { availableParallelism } from 'node:os';
import type { BandAsset, Item } from '../../catalog/item.ts';
import { openPool, type Pool } from '../../engine/pool.ts';
import { Cancelled, TooManyRequests } from '../../errors.ts';
import type { Area } from '../../geometry/polygon.ts';
import { limit } from '../../limits.ts';
import type { BackgroundPlace } from '../../tiles/background.ts';
import type { ChipPlace } from '../../tiles/chip.ts';
import type { ItemTileOptions } from '../../tiles/raster-tile.ts';

/** Parcels of a tile as they come from the store: outlines in WKB, one after the other. */
export interface PackedParcels {
  readonly pids: Float64Array;
  readonly labels: readonly string[];
  readonly crops: readonly (string | null)[];
  /** Where each outline ends in `wkb`. */
  readonly ends: Int32Array;
  readonly wkb: Uint8Array;
}

/** What a tile of an image shows, and under which name its preparation is kept. */
export interface TilePicture {
  readonly key: string;
  readonly item: Item;
  readonly style: ItemTileOptions;
}

/** What image workers do. */
export interface ImageTasks {
  readonly [name: string]: { readonly input: unknown; readonly output: unknown };
  /** Undefined where the tile has nothing to show. */
  readonly tile: {
    readonly input: TilePicture & { readonly at: readonly [z: number, x: number, y: number] };
    readonly output: Uint8Array | undefined;
  };
  readonly facts: {
    readonly input: TilePicture;
    readonly output: {
      readonly bounds: readonly number[];
      readonly maxZoom: number;
      readonly scale: unknown;
    };
  };
  readonly rawChip: {
    readonly input: { readonly band: BandAsset; readonly place: ChipPlace };
    readonly output: Uint8Array;
  };
  readonly pictureChip: {
    readonly input: {
      readonly bands: readonly BandAsset[];
      readonly place: ChipPlace;
      readonly percentiles: readonly [number, number];
    };
    readonly output: Uint8Array;
  };
  readonly background: {
    readonly input: {
      readonly place: BackgroundPlace;
      readonly tiles: readonly (Uint8Array | undefined)[];
      readonly format: 'png' | 'tif';
      readonly outline: Area | undefined;
    };
    readonly output: Uint8Array;
  };
  readonly parcels: {
    readonly input: {
      readonly parcels: PackedParcels;
      readonly at: readonly [z: number, x: number, y: number];
    };
    readonly output: Uint8Array | undefined;
  };
}

/** A worker without work ends after this time. */
const idleMs = 60_000;
/** How long work goes on that nobody waits for: a worker that is ended loses the headers and tiles that it keeps. */
const patienceMs = 2_000;

const workerModule = new URL(
  import.meta.url.endsWith('.ts') ? './image-worker.ts' : './image-worker.js',
  import.meta.url,
);

/** Threads that read, draw and encode pictures, away from the thread that answers requests. */
export interface ImageWork {
  /**
   * Runs a task when a thread is free. Who is cancelled while waiting gives up the place; a running task of nobody is ended after two
   * seconds. Throws `TooManyRequests` when too many wait (limit `imageRequests`), and what the task throws.
   */
  run<Name extends keyof ImageTasks & string>(
    name: Name,
    input: ImageTasks[Name]['input'],
    options: { readonly signal: AbortSignal },
  ): Promise<ImageTasks[Name]['output']>;
  close(): Promise<void>;
}

/** Two threads at least: one that waits for a far image leaves the other for near ones. */
export function openImageWork(threads = Math.max(2, availableParallelism())): ImageWork {
  const pool: Pool<ImageTasks> = openPool<ImageTasks>({
    module: workerModule,
    threads,
    idleMs,
    most: {
      ms: () => limit('imageMs'),
      message: (task) =>
        `'${task}' took longer than ${limit('imageMs')} ms and was ended; FURROW_MAX_IMAGE_MS sets that limit`,
    },
  });
  const waiting: (() => void)[] = [];
  let running = 0;

  async function turn(signal: AbortSignal): Promise<void> {
    if (running < threads) {
      running += 1;
      return;
    }
    const most = limit('imageRequests');
    if (waiting.length >= most)
      throw new TooManyRequests(`${most} pictures wait to be drawn already: ask again in a moment`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const give = () => resolve();
    const leave = () => {
      const place = waiting.indexOf(give);
      if (place < 0) return;
      waiting.splice(place, 1);
      reject(new Cancelled('nobody waits for the picture any more', { cause: signal.reason }));
    };
    waiting.push(give);
    signal.addEventListener('abort', leave, { once: true });
    await promise.finally(() => signal.removeEventListener('abort', leave));
  }

  return {
    async run(name, input, { signal }) {
      signal.throwIfAborted();
      await turn(signal);
      const late = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const abandoned = () => {
        timer = setTimeout(() => late.abort(signal.reason), patienceMs);
      };
      signal.addEventListener('abort', abandoned, { once: true });
      try {
        return await pool.run(name, input, { signal: late.signal });
      } finally {
        signal.removeEventListener('abort', abandoned);
        clearTimeout(timer);
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
    close: () => pool.close(),
  };
}
