import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '../../../src/demo/random.ts';
import { encodeCog } from '../../../src/raster/write-cog.ts';

const crs = 'EPSG:32632';
const [left, top] = [600_000, 5_200_000];
const side = 32;
const pixel = 10;

/** Where the units of a run lie. */
export interface Units {
  readonly collection: string;
  readonly parcels: string;
}

/**
 * Writes `count` images of 32 x 32 pixels (red, near infrared, classification) two hours apart, as a STAC item collection, and
 * nine parcels on them. The same seed gives the same files.
 */
export async function makeUnits(folder: string, count: number, seed: number): Promise<Units> {
  await mkdir(join(folder, 'images'), { recursive: true });
  const random = seededRandom(seed, 'units');
  const features: unknown[] = [];
  for (let unit = 0; unit < count; unit++) {
    const bands = [300, 3000].map((level) =>
      Uint16Array.from({ length: side * side }, () => level + 2000 * random()),
    );
    // Clouds, some nodata, else vegetation.
    const classes = Uint16Array.from(
      { length: side * side },
      () => [0, 9, 4, 4, 4, 5][Math.floor(6 * random())] ?? 4,
    );
    const image = { width: side, height: side, dataType: 'uint16' as const, bands: [...bands, classes] };
    const file = join(folder, 'images', `${unit}.tif`);
    const transform = [pixel, 0, left, 0, -pixel, top] as const;
    await writeFile(
      file,
      await encodeCog(image, { crs, transform, nodata: 0, compression: 'none', overviews: 'none' }),
    );
    features.push(item(unit, file));
  }
  const collection = join(folder, 'items.json');
  await writeFile(collection, JSON.stringify({ type: 'FeatureCollection', id: 'units', features }));
  const parcels = join(folder, 'parcels.geojson');
  await writeFile(parcels, JSON.stringify(parcelCollection()));
  return { collection, parcels };
}

function item(unit: number, file: string): unknown {
  return {
    type: 'Feature',
    stac_version: '1.0.0',
    id: `unit-${String(unit).padStart(5, '0')}`,
    collection: 'units',
    bbox: [10.2, 46.8, 10.5, 47.1],
    properties: {
      datetime: new Date(Date.UTC(2026, 0, 1, unit * 2)).toISOString(),
      constellation: 'sentinel-2',
      'proj:epsg': 32632,
      'proj:shape': [side, side],
      'proj:transform': [pixel, 0, left, 0, -pixel, top],
    },
    assets: {
      pixels: {
        href: file,
        type: 'image/tiff; application=geotiff',
        'eo:bands': [
          { name: 'B04', common_name: 'red' },
          { name: 'B08', common_name: 'nir' },
          { name: 'SCL' },
        ],
        'raster:bands': [1, 2, 3].map((band) => ({
          data_type: 'uint16',
          nodata: 0,
          scale: band === 3 ? 1 : 0.0001,
          offset: 0,
        })),
      },
    },
  };
}

function parcelCollection(): unknown {
  const features = Array.from({ length: 9 }, (_, at) => {
    const [x, y] = [left + 5 + 100 * (at % 3), top - 5 - 100 * Math.floor(at / 3)];
    const ring = [
      [x, y],
      [x + 85, y - 10],
      [x + 90, y - 90],
      [x + 10, y - 80],
      [x, y],
    ];
    return {
      type: 'Feature',
      properties: { id: at + 1 },
      geometry: { type: 'Polygon', coordinates: [ring] },
    };
  });
  return {
    type: 'FeatureCollection',
    crs: { type: 'name', properties: { name: `urn:ogc:def:crs:EPSG::32632` } },
    features,
  };
}
