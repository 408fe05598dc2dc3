import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transformBBox } from '../../src/geometry/crs.ts';
import { gridBounds } from '../../src/geometry/grid.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';

const bands = [
  ['B02', 'blue'],
  ['B03', 'green'],
  ['B04', 'red'],
] as const;

/** A STAC collection with the generated granule as its one image; undefined where there is no granule. */
export async function granuleCollection(granule: string, folder: string): Promise<string | undefined> {
  const files = bands.map(([band]) => join(granule, `${band}.tif`));
  if (!files.every((file) => existsSync(file))) return undefined;
  const { info } = await openRasterAt(files[0] ?? '');
  const { crs = 'EPSG:32632', transform, width, height } = info;
  if (transform === undefined) return undefined;
  const bbox = transformBBox(gridBounds({ crs, transform, width, height }), crs, 'OGC:CRS84');
  const [west, south, east, north] = bbox;
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  const item = {
    type: 'Feature',
    stac_version: '1.1.0',
    id: 'granule',
    collection: 'granule',
    bbox,
    geometry: { type: 'Polygon', coordinates: [ring] },
    properties: { datetime: '2026-06-01T10:20:21Z', 'proj:code': crs },
    links: [],
    assets: Object.fromEntries(
      bands.map(([band, name], i) => [
        band,
        {
          href: files[i],
          type: 'image/tiff',
          roles: ['data'],
          bands: [{ name: band, 'eo:common_name': name }],
        },
      ]),
    ),
  };
  const collection = {
    type: 'Collection',
    stac_version: '1.1.0',
    id: 'granule',
    description: 'A granule of the size of Sentinel-2.',
    license: 'other',
    extent: { spatial: { bbox: [bbox] }, temporal: { interval: [['2026-06-01T00:00:00Z', null]] } },
    links: [{ rel: 'item', href: './item.json' }],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'item.json'), JSON.stringify(item));
  await writeFile(join(folder, 'collection.json'), JSON.stringify(collection));
  return join(folder, 'collection.json');
}
