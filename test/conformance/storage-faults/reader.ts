import { isDeepStrictEqual } from 'node:util';
import { FurrowError } from '../../../src/errors.ts';
import { openRaster } from '../../../src/raster/open-raster.ts';
import type { PixelArray } from '../../../src/raster/pixels.ts';
import type { Raster } from '../../../src/raster/raster.ts';
import { TileCache } from '../../../src/raster/tile-cache.ts';
import { openMember } from '../../../src/storage/archive-source.ts';
import { readWhole } from '../../../src/storage/read-json.ts';
import { openS3, type S3Settings } from '../../../src/storage/s3-source.ts';
import type { ByteSource } from '../../../src/storage/source.ts';
import type { FaultyProxy } from '../../support/faulty-proxy.ts';
import { type CogObject, type Objects, truth } from './objects.ts';

export const bucket = 'season';

/** How one read ended. */
export interface Outcome {
  readonly kind: 'right' | 'wrong' | 'typed' | 'untyped';
  /** What was read. */
  readonly what: string;
  /** The error's class, or what differs. */
  readonly detail: string;
  readonly milliseconds: number;
  readonly requests: number;
  /** Of one range, or one whole object. */
  readonly requestsOfRange: number;
}

/** One client behind a proxy of its own, reading one thing after the other. */
export class Reader {
  readonly proxy: FaultyProxy;
  readonly #settings: S3Settings;
  readonly #objects: Objects;
  readonly #random: () => number;
  readonly #open = new Map<string, Raster>();

  constructor(proxy: FaultyProxy, settings: S3Settings, objects: Objects, random: () => number) {
    this.proxy = proxy;
    this.#settings = { ...settings, endpoint: proxy.origin };
    this.#objects = objects;
    this.#random = random;
  }

  /** A read of a random kind: mostly windows of open rasters, some with the header anew, documents, members of an archive. */
  async readAny(): Promise<Outcome> {
    const share = this.#random();
    const { cogs, documents, zip } = this.#objects;
    if (share < 0.8) {
      const cog = this.#pick(cogs);
      return this.measure(`window ${cog.codec}`, () =>
        this.#window(cog.key, cog, share > 0.6, () => this.source(cog.key)),
      );
    }
    if (share < 0.92) {
      const [key, value] = this.#pick([...documents]);
      return this.measure('document', async () =>
        this.#sameJson(await readWhole(await this.source(key)), value),
      );
    }
    if (share < 0.97)
      return this.measure('stored member', () =>
        this.#window(zip.key, zip.cog, share > 0.95, async () =>
          openMember(await this.source(zip.key), 'zip', 'B04.tif'),
        ),
      );
    return this.measure('deflated member', async () => {
      const member = await openMember(await this.source(zip.key), 'zip', 'item.json');
      return this.#sameJson(await readWhole(member), zip.document);
    });
  }

  source(key: string): Promise<ByteSource> {
    return openS3(`s3://${bucket}/${key}`, { settings: this.#settings, random: this.#random });
  }

  /** Runs one read, which says what is wrong with its answer. */
  async measure(what: string, read: () => Promise<string | undefined>): Promise<Outcome> {
    this.proxy.forget();
    const started = performance.now();
    const { kind, detail }: Pick<Outcome, 'kind' | 'detail'> = await read().then(
      (wrong) =>
        wrong === undefined
          ? { kind: 'right' as const, detail: '' }
          : { kind: 'wrong' as const, detail: wrong },
      (error: unknown) =>
        error instanceof FurrowError
          ? { kind: 'typed' as const, detail: error.name }
          : { kind: 'untyped' as const, detail: String(error) },
    );
    const counts = [...this.proxy.asked.values()];
    return {
      kind,
      what,
      detail,
      milliseconds: performance.now() - started,
      requests: counts.reduce((sum, count) => sum + count, 0),
      requestsOfRange: Math.max(0, ...counts),
    };
  }

  /** A window of one to four tiles, compared with the pixels that were written. */
  async #window(
    key: string,
    cog: CogObject,
    anew: boolean,
    open: () => Promise<ByteSource>,
  ): Promise<string | undefined> {
    let raster = anew ? undefined : this.#open.get(key);
    this.#open.delete(key);
    raster ??= await openRaster(await open(), { tileCache: new TileCache(0) });
    const width = 1 + Math.floor(this.#random() * 128);
    const height = 1 + Math.floor(this.#random() * 128);
    const x = Math.floor(this.#random() * (cog.width - width));
    const y = Math.floor(this.#random() * (cog.height - height));
    const window = { x, y, width, height };
    const pixels = await raster.read({ window });
    // A raster whose read failed is opened anew, as its user would.
    this.#open.set(key, raster);
    return samePixels(pixels, truth(cog, window)) ? undefined : `window ${JSON.stringify(window)} of ${key}`;
  }

  #sameJson(bytes: Uint8Array, value: unknown): string | undefined {
    try {
      return isDeepStrictEqual(JSON.parse(new TextDecoder().decode(bytes)), value)
        ? undefined
        : 'another value';
    } catch {
      return 'no JSON';
    }
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }
}

/** Bit by bit. */
export function samePixels(ours: readonly PixelArray[], theirs: readonly PixelArray[]): boolean {
  return (
    ours.length === theirs.length &&
    ours.every((band, i) => {
      const other = theirs[i];
      return other !== undefined && band.constructor === other.constructor && raw(band).equals(raw(other));
    })
  );
}

function raw({ buffer, byteOffset, byteLength }: PixelArray): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
