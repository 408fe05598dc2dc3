import { findBand } from '../catalog/band-name.ts';
import { chooseScenes } from '../catalog/choose-scenes.ts';
import type { Collection } from '../catalog/collection.ts';
import type { BandAsset, Item } from '../catalog/item.ts';
import { BandNotFound, NoData } from '../errors.ts';
import { intersection } from '../geometry/bbox.ts';
import { transformBBox } from '../geometry/crs.ts';
import { type BBox, type Grid, gridBounds } from '../geometry/grid.ts';
import { checkLimit } from '../limits.ts';
import type { PixelWindow } from '../raster/pixels.ts';
import { groupAcquisitions } from './acquisitions.ts';
import { sharedWindow } from './align.ts';
import { type Cube, type Horizontal, makeCube } from './cube.ts';
import type { Dimension } from './dimension.ts';
import type { GeometrySet } from './geometries.ts';
import { geometryBounds, maskGeometries } from './inside-geometries.ts';
import { sourcePlane } from './plane.ts';
import { readAssets } from './read-assets.ts';
import { type Box, windowOfBox } from './spatial-window.ts';

/** Which part of a collection is wanted. */
export interface LoadRequest {
  /** Boxes that all have to hold the pixel centres. */
  readonly boxes?: readonly Box[] | undefined;
  /** Sets of geometries that all have to hold the pixel centres; pixels of the box around them that none of a set holds are nodata. */
  readonly geometries?: readonly GeometrySet[] | undefined;
  /** Milliseconds, start in and end out; infinite where open. */
  readonly interval?: { readonly from: number; readonly to: number } | undefined;
  /** Names or common names; all bands when undefined. */
  readonly bands?: readonly string[] | undefined;
  /** Which images to take, by their metadata. */
  readonly keep?: ((item: Item) => boolean) | undefined;
}

/** What is needed of a collection: its bands, its items, and which of these cannot be read. */
export type CubeCollection = Pick<Collection, 'id' | 'bands' | 'items' | 'problems'>;

/** A planned cube as plain data: it crosses to worker threads. `planes[i]` lists the files of plane i, the best one first. */
export interface LoadPlan {
  readonly dimensions: readonly Dimension[];
  readonly horizontal: Horizontal;
  readonly planes: readonly (readonly BandAsset[])[];
  /** See `LoadRequest`. */
  readonly geometries?: readonly GeometrySet[] | undefined;
}

export interface PlanLoadOptions {
  readonly frame?: Grid | undefined;
  /**
   * Told why images that may belong to the request are left out, whatever becomes of it. Where an unreadable image lies is not
   * known: each of the collection may be one.
   */
  readonly onUnread?: ((reasons: readonly string[]) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Plans the cube of `load_collection`, without reading a pixel: dimensions t, bands, y, x. The pixel lattice is `frame`, or
 * that of the finest wanted band of the first image; other grids are brought onto it, nearest neighbour, when they are
 * read. Images of one acquisition become one date. An image that cannot be read is left out while there are others; where none is
 * left that is an error, which names the reason: `InvalidFile`, `NoData` or `BandNotFound`.
 */
export async function planLoad(
  collection: CubeCollection,
  request: LoadRequest,
  { frame: given, onUnread = () => undefined, signal }: PlanLoadOptions = {},
): Promise<LoadPlan> {
  const { boxes = [], geometries = [], interval, keep = () => true } = request;
  const boundsIn = (crs: string) =>
    geometries.map((set) => {
      const bbox = geometryBounds(set, crs);
      if (bbox === undefined) throw new NoData(`collection '${collection.id}': all geometries are empty`);
      return { bbox, crs };
    });
  const found = await collection
    .items({
      bbox: intersectAll([
        ...boxes.map(({ bbox, crs }) => transformBBox(bbox, crs, 'OGC:CRS84')),
        ...boundsIn('OGC:CRS84').map(({ bbox }) => bbox),
      ]),
      interval: interval && [isoInstant(interval.from), isoInstant(interval.to)],
      signal,
    })
    .finally(() => onUnread(collection.problems.map(({ reason }) => reason)));
  const { kept } = chooseScenes(found.filter(keep));
  const unread = unreadOf(collection, kept);
  if (kept.length === 0) throw noData(collection.id, request, unread);
  const wanted = request.bands ?? collection.bands.map(({ name }) => name);
  const bands = wanted.map((name) => findEverywhere(kept, name, unread));
  onUnread(kept.flatMap((item) => lackOf(item, bands) ?? []));
  const frame = given ?? finestGrid(bands.flatMap((band) => [...band.assets.values()]));
  if (frame === undefined) throw noData(collection.id, request, unread);
  const windows = new Map(kept.map((item) => [item, itemWindow(item, bands, frame)]));
  const extent = [...windows.values()].reduce(joinWindows);
  const window = [...boxes, ...boundsIn(frame.crs)].reduce(
    (rest, box) => sharedWindow(rest, windowOfBox(frame, box, extent)),
    extent,
  );
  if (window.width === 0 || window.height === 0) throw noData(collection.id, request, unread);
  const inside = kept.filter((item) => {
    const part = sharedWindow(window, windows.get(item) ?? { x: 0, y: 0, width: 0, height: 0 });
    return part.width > 0 && part.height > 0;
  });
  const dates = groupAcquisitions(inside);
  checkLimit('cubePlanes', dates.length * bands.length, `collection '${collection.id}'`);
  return {
    dimensions: [
      { name: 't', type: 'temporal', labels: dates.map(({ datetime }) => datetime) },
      {
        name: 'bands',
        type: 'bands',
        labels: bands.map(({ name }) => name),
        aliases: bands.map(({ aliases }) => aliases),
      },
    ],
    horizontal: { x: 'x', y: 'y', frame, window },
    planes: dates.flatMap(({ items }) =>
      bands.map(({ assets }) => items.flatMap((item) => assets.get(item) ?? [])),
    ),
    ...(geometries.length > 0 && { geometries }),
  };
}

/** The planned cube, ready for processes. */
export function cubeFromPlan({ dimensions, horizontal, planes, geometries = [] }: LoadPlan): Cube {
  const cube = makeCube(
    dimensions,
    horizontal,
    planes.map((assets) =>
      sourcePlane((window, options) => readAssets(assets, horizontal.frame, window, options)),
    ),
  );
  return geometries.reduce((kept, set) => maskGeometries(kept, set), cube);
}

interface WantedBand {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly assets: ReadonlyMap<Item, BandAsset>;
}

/** A band in all items that have it; its name is the one it has in the first of them. */
function findEverywhere(items: readonly Item[], wanted: string, unread: readonly string[]): WantedBand {
  const assets = new Map<Item, BandAsset>();
  for (const item of items) {
    const asset = findBand(item.bands, wanted);
    if (asset !== undefined) assets.set(item, asset);
  }
  const first = assets.values().next().value;
  if (first === undefined) {
    const names = new Set(items.flatMap((item) => item.bands.map(({ name }) => name)));
    throw new BandNotFound(
      `there is no band '${wanted}'; the images have ${[...names].join(', ') || 'none'}${whyNone(unread)}`,
    );
  }
  const aliases = [first.commonName, wanted].filter((name) => name !== undefined && name !== first.name);
  return { name: first.name, aliases: [...new Set(aliases as string[])], assets };
}

/** The first of the grids with the smallest pixels. */
function finestGrid(assets: readonly BandAsset[]): Grid | undefined {
  const area = ({ transform: [a, b, , d, e] }: Grid) => Math.abs(a * e - b * d);
  return assets.reduce<Grid | undefined>(
    (finest, { grid }) => (finest === undefined || area(grid) < area(finest) * (1 - 1e-9) ? grid : finest),
    undefined,
  );
}

function itemWindow(item: Item, bands: readonly WantedBand[], frame: Grid): PixelWindow {
  const windows = bands.flatMap(({ assets }) => {
    const grid = assets.get(item)?.grid;
    return grid === undefined ? [] : [windowOfBox(frame, { bbox: gridBounds(grid), crs: grid.crs })];
  });
  return windows.reduce(joinWindows, { x: 0, y: 0, width: 0, height: 0 });
}

/** The smallest window around both; an empty one adds nothing. */
function joinWindows(one: PixelWindow, other: PixelWindow): PixelWindow {
  if (one.width === 0 || one.height === 0) return other;
  if (other.width === 0 || other.height === 0) return one;
  const x = Math.min(one.x, other.x);
  const y = Math.min(one.y, other.y);
  return {
    x,
    y,
    width: Math.max(one.x + one.width, other.x + other.width) - x,
    height: Math.max(one.y + one.height, other.y + other.height) - y,
  };
}

function isoInstant(milliseconds: number): string | null {
  return Number.isFinite(milliseconds) ? new Date(milliseconds).toISOString() : null;
}

/** The part that all boxes share; one without area when they share none. */
function intersectAll(boxes: readonly BBox[]): BBox | undefined {
  const [first, ...rest] = boxes;
  return (
    first &&
    rest.reduce(
      (shared, box) => intersection(shared, box) ?? [shared[0], shared[1], shared[0], shared[1]],
      first,
    )
  );
}

/** Why documents of the collection and bands of these images cannot be read. */
function unreadOf({ problems }: CubeCollection, items: readonly Item[]): string[] {
  return [...problems.map(({ reason }) => reason), ...items.flatMap((item) => item.problems ?? [])];
}

/** Which of the bands an image lacks because its files cannot be read. */
function lackOf({ id, problems = [], bands: own }: Item, bands: readonly WantedBand[]): string | undefined {
  const [first] = problems;
  const missing = bands.filter(({ name }) => findBand(own, name) === undefined);
  if (first === undefined || missing.length === 0) return undefined;
  return `${id} has no ${missing.map(({ name }) => name).join(', ')}: ${first}`;
}

/** What may be behind a request that finds nothing. */
function whyNone(unread: readonly string[]): string {
  return unread.length === 0 ? '' : `; what may be missing cannot be read (${unread.length}): ${unread[0]}`;
}

function noData(id: string, { boxes = [], interval }: LoadRequest, unread: readonly string[]): NoData {
  const where = boxes.map(({ bbox, crs }) => ` in [${bbox.join(', ')}] (${crs})`).join('');
  const when = interval
    ? ` from ${isoInstant(interval.from) ?? 'the start'} to ${isoInstant(interval.to) ?? 'the end'}`
    : '';
  return new NoData(`collection '${id}' has no image${where}${when}${whyNone(unread)}`);
}
