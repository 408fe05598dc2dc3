import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCollection, writeItem } from '../../../src/catalog/write-stac.ts';
import type { Grid } from '../../../src/geometry/grid.ts';
import { encodeCog } from '../../../src/raster/write-cog.ts';

/** The collection that openeo-test-suite asks back ends for: soil moisture once a day on a grid of 1/112 degree. */
export const soilMoisture = 'CGLS_SSM_1KM';

const pixel = 1 / 112;
const grid: Grid = {
  crs: 'EPSG:4326',
  transform: [pixel, 0, 16, 0, -pixel, 48.5],
  width: 112,
  height: 56,
};
const dayMs = 86_400_000;

/** Writes a made-up year of it, a file a day, into a folder; gives the address of the collection. */
export async function writeSoilMoisture(folder: string): Promise<string> {
  const items: string[] = [];
  for (let at = Date.UTC(2020, 0, 1), day = 0; at < Date.UTC(2021, 0, 1); at += dayMs, day++) {
    const datetime = new Date(at).toISOString();
    const id = `SSM_${datetime.slice(0, 10)}`;
    await mkdir(join(folder, id), { recursive: true });
    // Percent of saturation in halves, 255 where there is nothing.
    const values = Uint8Array.from({ length: grid.width * grid.height }, (_, i) =>
      (i * 7 + day) % 53 === 0 ? 255 : 40 + ((i + 3 * day) % 160),
    );
    const bytes = await encodeCog(
      { width: grid.width, height: grid.height, dataType: 'uint8', bands: [values] },
      { crs: grid.crs, transform: grid.transform, nodata: 255 },
    );
    await writeFile(join(folder, id, 'ssm.tif'), bytes);
    await writeItem(join(folder, id), {
      id,
      collection: soilMoisture,
      datetime,
      assets: [
        {
          key: 'ssm',
          href: './ssm.tif',
          bands: [{ name: 'B01' }],
          dataType: 'uint8',
          nodata: 255,
          scale: 0.5,
          grid,
        },
      ],
    });
    items.push(`./${id}/item.json`);
  }
  return await writeCollection(folder, {
    id: soilMoisture,
    title: 'Surface soil moisture',
    description: 'Made up: percent of saturation, once a day.',
    license: 'CC0-1.0',
    bbox: [16, 48, 17, 48.5],
    interval: ['2020-01-01T00:00:00Z', '2020-12-31T00:00:00Z'],
    bands: [{ name: 'B01', resolution: pixel, dataType: 'uint8' }],
    items,
  });
}
