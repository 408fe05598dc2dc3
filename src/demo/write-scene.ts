import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StacAsset, writeItem } from '../catalog/write-stac.ts';
import type { Grid } from '../geometry/grid.ts';
import type { DataType, PixelArray } from '../raster/pixels.ts';
import { encodeCog } from '../raster/write-cog.ts';
import type { Product, RadarPass } from './calendar.ts';
import { type OpticalScene, storedBand } from './optical-image.ts';
import { radarBands, radarOffset, radarScale } from './radar-image.ts';
import { classifyScene, sceneClass } from './scene-classes.ts';
import type { OpticalBand } from './surface.ts';

export interface SceneTarget {
  /** The collection's folder; the scene gets one of its own below it. */
  readonly folder: string;
  readonly collection: string;
  /** The 10 m grid of the whole area, both sides even. */
  readonly grid: Grid;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

interface Plane {
  readonly name: string;
  readonly commonName?: string | undefined;
  readonly dataType: DataType;
  readonly pixels: PixelArray;
  readonly grid: Grid;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly classes?: boolean | undefined;
}

/** The optical bands with their STAC common names and resolutions in metres. */
export const opticalLayout: readonly { name: OpticalBand; commonName: string; resolution: 10 | 20 }[] = [
  { name: 'B02', commonName: 'blue', resolution: 10 },
  { name: 'B03', commonName: 'green', resolution: 10 },
  { name: 'B04', commonName: 'red', resolution: 10 },
  { name: 'B05', commonName: 'rededge071', resolution: 20 },
  { name: 'B08', commonName: 'nir', resolution: 10 },
  { name: 'B11', commonName: 'swir16', resolution: 20 },
];

/** Writes one product of a Sentinel-2 pass: a COG a band and the item. Returns the item's path relative to the collection. */
export async function writeOpticalProduct(
  scene: OpticalScene,
  product: Product,
  target: SceneTarget,
): Promise<string> {
  const { width, height } = target.grid;
  const coarseGrid = coarser(target.grid);
  const planes: Plane[] = opticalLayout.map(({ name, commonName, resolution }) => {
    const coarse = resolution === 20;
    const { addedDn } = product;
    return crop(product, {
      name,
      commonName,
      dataType: 'uint16',
      pixels: storedBand(scene, name, { width, height, coarse, addedDn, seed: target.seed }),
      grid: coarse ? coarseGrid : target.grid,
      scale: 1e-4,
      offset: addedDn === 0 ? 0 : -addedDn / 1e4,
    });
  });
  const classes = crop(product, {
    name: 'SCL',
    dataType: 'uint8',
    pixels: classifyScene(scene, width, height),
    grid: coarseGrid,
    classes: true,
  });
  const { datetime, platform, orbit } = scene.pass;
  return writePlanes([...planes, classes], target, {
    id: product.id,
    datetime,
    properties: {
      platform,
      constellation: 'sentinel-2',
      instruments: ['msi'],
      gsd: 10,
      created: product.processed,
      'eo:cloud_cover': cloudCover(classes.pixels),
      'sat:relative_orbit': orbit,
      'grid:code': `MGRS-${product.tile.slice(1)}`,
      's2:mgrs_tile': product.tile.slice(1),
      's2:processing_baseline': product.baseline,
      's2:product_type': 'S2MSI2A',
      's2:generation_time': product.processed,
    },
  });
}

/** Writes one Sentinel-1 pass. Returns the item's path relative to the collection. */
export async function writeRadarPass(
  pass: RadarPass,
  image: Readonly<Record<string, Uint16Array>>,
  target: SceneTarget,
): Promise<string> {
  const planes = radarBands.map((name): Plane => {
    const pixels = image[name] ?? new Uint16Array();
    return { name, dataType: 'uint16', pixels, grid: target.grid, scale: radarScale, offset: radarOffset };
  });
  return writePlanes(planes, target, {
    id: pass.id,
    datetime: pass.datetime,
    properties: {
      platform: pass.platform,
      constellation: 'sentinel-1',
      instruments: ['c-sar'],
      gsd: 10,
      'sar:instrument_mode': 'IW',
      'sar:polarizations': [...radarBands],
      'sat:relative_orbit': pass.orbit,
      description: 'Sigma nought in decibels, computed as stored number * 0.01 - 50.',
    },
  });
}

interface ItemText {
  readonly id: string;
  readonly datetime: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

async function writePlanes(planes: readonly Plane[], target: SceneTarget, item: ItemText): Promise<string> {
  const folder = join(target.folder, item.id);
  await mkdir(folder, { recursive: true });
  const assets: StacAsset[] = [];
  for (const plane of planes) {
    const { name, commonName, dataType, grid, scale, offset } = plane;
    const bytes = await encodeCog(
      { width: grid.width, height: grid.height, dataType, bands: [plane.pixels] },
      {
        crs: grid.crs,
        transform: grid.transform,
        nodata: 0,
        compression: 'deflate',
        tileSize: 256,
        resampling: plane.classes ? 'mode' : 'average',
        descriptions: [name],
        scale,
        offset,
        signal: target.signal,
      },
    );
    await writeFile(join(folder, `${name}.tif`), bytes);
    const bands = [{ name, commonName }];
    assets.push({ key: name, href: `./${name}.tif`, bands, dataType, nodata: 0, scale, offset, grid });
  }
  await writeItem(folder, { ...item, collection: target.collection, assets }, { signal: target.signal });
  return `./${item.id}/item.json`;
}

function coarser({ crs, transform: [a, b, c, d, e, f], width, height }: Grid): Grid {
  return { crs, transform: [a * 2, b, c, d, e * 2, f], width: width / 2, height: height / 2 };
}

/** The columns of a granule. `plane` covers the whole area at 10 or 20 m. */
function crop({ fromColumn, toColumn }: Product, plane: Plane): Plane {
  const { crs, transform, width, height } = plane.grid;
  const [a, b, c, d, e, f] = transform;
  const metres = (column: number): number => (column * 10) / a;
  const [from, to] = [metres(fromColumn), Math.min(width, metres(toColumn))];
  if (from === 0 && to === width) return plane;
  const columns = to - from;
  const pixels =
    plane.dataType === 'uint8' ? new Uint8Array(columns * height) : new Uint16Array(columns * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < columns; column++)
      pixels[row * columns + column] = Number(plane.pixels[row * width + from + column]);
  return {
    ...plane,
    pixels,
    grid: { crs, transform: [a, b, c + a * from, d, e, f], width: columns, height },
  };
}

/** Percent of the seen pixels, as the products state it. */
function cloudCover(classes: PixelArray): number {
  let [seen, cloudy] = [0, 0];
  for (const value of classes) {
    if (value === sceneClass.noData) continue;
    seen++;
    if (value === sceneClass.cloudMedium || value === sceneClass.cloudHigh || value === sceneClass.thinCirrus)
      cloudy++;
  }
  return seen === 0 ? 0 : Math.round((cloudy / seen) * 1e4) / 100;
}
