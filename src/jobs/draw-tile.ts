import { createHash } from 'node:crypto';
import { findLabel } from '../cube/dimension.ts';
import { planeCount, type RasterCube } from '../cube/raster-cube.ts';
import { FurrowError, NoData, Unsupported } from '../errors.ts';
import { intersection, unionBBox } from '../geometry/bbox.ts';
import { transformBBox } from '../geometry/crs.ts';
import { type BBox, type Grid, gridBounds } from '../geometry/grid.ts';
import type { Json } from '../graph/process-graph.ts';
import { colorMap } from '../raster/color-maps.ts';
import { encodePng } from '../raster/encode-png.ts';
import { cubeValues } from '../tiles/image-values.ts';
import { paintRgb, paintScale, percentileStretch, type Stretch } from '../tiles/paint.ts';
import { overviewGrid, tileGrid } from '../tiles/tile-grid.ts';
import { type ComputeContext, runWatched } from './compute-result.ts';
import type { XyzConfiguration } from './services.ts';
import { loadedBoxes, withinBox } from './tile-graph.ts';

export interface TileAsked {
  /** Of the service: `{ process_graph }`. */
  readonly process: Json;
  readonly z: number;
  readonly x: number;
  readonly y: number;
  readonly configuration: XyzConfiguration;
}

/** Pixels along the longer side of the overview that limits are taken from. */
const overviewPixels = 256;
/** Services whose limits are kept. */
const mostKept = 200;

/** Draws tiles of services; limits of colours that a service does not give are measured once and kept. */
export class TileArtist {
  readonly #limits = new Map<string, Promise<readonly Stretch[] | undefined>>();

  /**
   * The PNG of one web mercator tile: the graph is run on the tile's own grid, of which its extents leave a part. Three bands
   * (red, green and blue by name, or three in all) give colours, else the first band through a colour map; of several dates the
   * last. Transparent where there is no value. Throws what running the graph throws, `Unsupported` for results without pixels.
   */
  async draw(asked: TileAsked, context: ComputeContext): Promise<Uint8Array> {
    const { process, z, x, y, configuration } = asked;
    const size = configuration.tile_size ?? 256;
    const grid = tileGrid(z, x, y, size);
    const cube = await cubeOn(grid, withinBox(process, gridBounds(grid), 3857), context);
    if (cube === undefined) return blank(size);
    const planes = shownPlanes(cube);
    const layers = await cubeValues(cube, planes).read(grid);
    if (layers.every((layer) => layer.every(Number.isNaN))) return blank(size);
    const stretches = await this.#stretches(asked, cube, context);
    if (stretches === undefined) return blank(size);
    const [first] = layers;
    const [stretch = { low: 0, high: 1 }] = stretches;
    const data =
      layers.length === 3 || first === undefined
        ? paintRgb(layers, stretches)
        : paintScale(first, stretch, colorMap(configuration.colors ?? 'meadow'));
    return encodePng({ width: size, height: size, data });
  }

  async #stretches(
    { process, configuration: { min, max } }: TileAsked,
    cube: RasterCube,
    context: ComputeContext,
  ): Promise<readonly Stretch[] | undefined> {
    const same = (low: number, high: number) => [1, 2, 3].map(() => ({ low, high }));
    if (min !== undefined && max !== undefined) return same(min, max);
    if (cube.kind === 'boolean') return same(0, 1);
    const key = createHash('sha256').update(JSON.stringify(process)).digest('hex');
    const known = this.#limits.get(key);
    if (known !== undefined) return await known;
    const measuring = measureLimits(process, context);
    this.#limits.set(key, measuring);
    const [oldest] = this.#limits.keys();
    if (this.#limits.size > mostKept && oldest !== undefined) this.#limits.delete(oldest);
    try {
      return await measuring;
    } catch (error) {
      this.#limits.delete(key);
      throw error;
    }
  }
}

/** The cube of a graph on a grid; undefined where it has no data there. */
async function cubeOn(grid: Grid, process: Json, context: ComputeContext): Promise<RasterCube | undefined> {
  try {
    const { result } = await runWatched(process, { ...context, targetGrid: grid });
    if (result.kind !== 'cube')
      throw new Unsupported('the process graph of a service of type XYZ must give a raster data cube');
    return result.cube.values.length === 0 ? undefined : result.cube;
  } catch (error) {
    if (error instanceof NoData || (error instanceof FurrowError && error.code === 'DataCubeEmpty'))
      return undefined;
    throw error;
  }
}

/** Positions of the planes that are drawn, one or three. */
function shownPlanes({ dimensions }: Pick<RasterCube, 'dimensions'>): number[] {
  let planes = [0];
  let stride = 1;
  for (const dimension of [...dimensions].reverse()) {
    const { type, labels } = dimension;
    const colours = ['red', 'green', 'blue'].map((colour) => findLabel(dimension, colour));
    let positions = [0];
    if (type === 'temporal') positions = [Math.max(0, labels.length - 1)];
    else if (type === 'bands' && colours.every((found) => found >= 0)) positions = colours;
    else if (type === 'bands' && labels.length === 3) positions = [0, 1, 2];
    planes =
      positions.length === 3
        ? positions.map((at) => (planes[0] ?? 0) + at * stride)
        : planes.map((plane) => plane + (positions[0] ?? 0) * stride);
    stride *= labels.length;
  }
  return planes;
}

/** The 2nd to 98th percentile of each layer over all that the service shows, on a coarse grid. */
async function measureLimits(
  process: Json,
  context: ComputeContext,
): Promise<readonly Stretch[] | undefined> {
  const extents: BBox[] = [];
  for (const { collection, bbox, crs } of loadedBoxes(process)) {
    const box = bbox && transformBBox(bbox, crs, 'OGC:CRS84');
    const whole =
      collection === undefined
        ? undefined
        : (await context.openCollection(collection, { signal: context.signal })).bbox;
    const extent = box && whole ? intersection(box, whole) : (box ?? whole);
    if (extent !== undefined) extents.push(extent);
  }
  const extent = unionBBox(extents);
  if (extent === undefined) return undefined;
  const grid = overviewGrid(extent, overviewPixels);
  const cube = await cubeOn(grid, withinBox(process, gridBounds(grid), 3857), context);
  if (cube === undefined || planeCount(cube.dimensions) === 0) return undefined;
  const layers = await cubeValues(cube, shownPlanes(cube)).read(grid);
  return layers.map((layer) => percentileStretch(layer, 2, 98));
}

function blank(size: number): Uint8Array {
  return encodePng({ width: size, height: size, data: new Uint8ClampedArray(size * size * 4) });
}
