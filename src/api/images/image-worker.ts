import { serveTasks } from '../../engine/serve-tasks.ts';
import { readWkb } from '../../geometry/wkb.ts';
import type { Parcel } from '../../parcels/parcel.ts';
import { drawBackground } from '../../tiles/background.ts';
import { pictureChip, rawChip } from '../../tiles/chip.ts';
import { parcelTiles } from '../../tiles/parcel-tiles.ts';
import { itemTiles } from '../../tiles/raster-tile.ts';
import type { RasterTileSource } from '../../tiles/tile-source.ts';
import type { ImageTasks, PackedParcels, TilePicture } from './image-pool.ts';

/** Pictures whose stretch is known. */
const mostPrepared = 256;
const prepared = new Map<string, Promise<RasterTileSource>>();

function sourceOf({ key, item, style }: TilePicture): Promise<RasterTileSource> {
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const made = itemTiles(item, style);
  prepared.set(key, made);
  made.catch(() => prepared.delete(key));
  for (const oldest of prepared.keys()) {
    if (prepared.size <= mostPrepared) break;
    prepared.delete(oldest);
  }
  return made;
}

function unpacked({ pids, labels, crops, ends, wkb }: PackedParcels): Parcel[] {
  return Array.from(pids, (pid, i) => ({
    pid,
    label: labels[i] ?? String(pid),
    crop: crops[i] ?? undefined,
    area: 0,
    attributes: {},
    geometry: readWkb(wkb.subarray(ends[i - 1] ?? 0, ends[i]), `parcel ${pid}`),
  }));
}

// Loaded by worker threads only: see `openImageWork`.
serveTasks<ImageTasks>({
  tile: async (input) => {
    const { at, ...picture } = input as ImageTasks['tile']['input'];
    const source = await sourceOf(picture);
    return { output: await source.tile(...at) };
  },
  facts: async (input) => {
    const { bounds, maxZoom, scale } = await sourceOf(input as ImageTasks['facts']['input']);
    return { output: { bounds, maxZoom, scale } };
  },
  rawChip: async (input) => {
    const { band, place } = input as ImageTasks['rawChip']['input'];
    return { output: await rawChip(band, place) };
  },
  pictureChip: async (input) => {
    const { bands, place, percentiles } = input as ImageTasks['pictureChip']['input'];
    return { output: await pictureChip(bands, place, percentiles) };
  },
  background: async (input) => {
    const { place, tiles, format, outline } = input as ImageTasks['background']['input'];
    return { output: await drawBackground(place, tiles, format, outline) };
  },
  parcels: async (input) => {
    const { parcels, at } = input as ImageTasks['parcels']['input'];
    const set = { name: 'tile', crs: 'OGC:CRS84', parcels: unpacked(parcels) };
    return { output: parcelTiles(set)(...at) };
  },
});
