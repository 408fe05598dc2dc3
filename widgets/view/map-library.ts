import { addProtocol, removeProtocol, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerSource from 'maplibre-gl-worker.txt!=!maplibre-gl/dist/maplibre-gl-worker.mjs';
import type { TileClient } from './tile-client.ts';
import { ViewError } from './view-error.ts';

let workerReady = false;

/**
 * Gives MapLibre its worker out of this bundle: a page of a hub, of Voila or of an exported notebook has no address from
 * which a second script could be loaded.
 */
export function prepareWorker(): void {
  if (workerReady) return;
  workerReady = true;
  setWorkerUrl(URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' })));
}

let protocols = 0;

export interface TileProtocol {
  /** The address template of a source's tiles. */
  template(source: string): string;
  remove(): void;
}

/**
 * Lets MapLibre fetch tiles through a comm. `trouble` is told the reason when a tile could not be made, and undefined when
 * one that was asked for later could; empty tiles are an empty vector tile or one transparent pixel.
 */
export function tileProtocol(
  client: TileClient,
  trouble: (reason: string | undefined) => void,
): TileProtocol {
  const name = `furrow${++protocols}`;
  const address = new RegExp(`^${name}://([^/]+)/(\\d+)/(\\d+)/(\\d+)$`);
  let asked = 0;
  /** How many tiles had been asked for when one failed last: the others of its view say nothing about it. */
  let failedAt: number | undefined;
  addProtocol(name, async ({ url, type }, { signal }) => {
    const [, source = '', z, x, y] = address.exec(url) ?? [];
    if (y === undefined) throw new ViewError(`${url} is no tile address`);
    const turn = ++asked;
    try {
      const bytes = await client.tile(decodeURIComponent(source), Number(z), Number(x), Number(y), signal);
      if (failedAt !== undefined && turn > failedAt) {
        failedAt = undefined;
        trouble(undefined);
      }
      if (bytes !== undefined) return { data: bytes.buffer };
      return { data: type === 'image' ? await createImageBitmap(new ImageData(1, 1)) : new ArrayBuffer(0) };
    } catch (error) {
      if (error instanceof ViewError) {
        failedAt = asked;
        trouble(error.message);
      }
      throw error;
    }
  });
  return {
    template: (source) => `${name}://${encodeURIComponent(source)}/{z}/{x}/{y}`,
    remove: () => removeProtocol(name),
  };
}
