import type { Parcel } from '../../src/parcels/parcel.ts';
import { claimImage } from '../../src/store/claims.ts';
import { registerImages } from '../../src/store/images.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import type { Store } from '../../src/store/store.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { drawSignatures, imageRecords } from './store-fill.ts';

/** Pixels by scene class, of 30 to 430: clear but for some images. */
function classCounts(image: number, parcels: number): Int32Array {
  const classes = 12;
  const counts = new Int32Array(parcels * classes);
  for (let p = 0; p < parcels; p++) {
    const n = 30 + (((p + 1) * 7919) % 400);
    const cloudy = (image * 31 + p) % 5 === 0 ? Math.floor(n / 2) : 0;
    counts[p * classes + 4] = n - cloudy;
    counts[p * classes + 9] = cloudy;
  }
  return counts;
}

/** Squares of 0.002 degrees, 500 in a row. */
function squares(count: number): Parcel[] {
  const side = 0.002;
  return Array.from({ length: count }, (_, i) => {
    const x = 5 + (i % 500) * 0.004;
    const y = 51 + Math.floor(i / 500) * 0.004;
    const ring = [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
      [x, y],
    ] as const;
    return {
      pid: i + 1,
      label: `NL-${i + 1}`,
      crop: ['wheat', 'maize', 'grassland'][i % 3],
      area: 3,
      geometry: { type: 'Polygon', coordinates: [ring] },
      attributes: {},
    };
  });
}

/** A dataset of the size of the store's bench, with parcels and scene classes: seven bands and seven statistics an image. */
export async function fillSeason(
  store: Store,
  { name, parcels, images }: { readonly name: string; readonly parcels: number; readonly images: number },
): Promise<void> {
  const { dataset } = await saveParcels(store, { name, crs: 'OGC:CRS84', parcels: squares(parcels) });
  const work = await registerImages(store, { dataset, recipe: 'bench', images: imageRecords(images, 0) });
  for (const [index, { image }] of work.entries()) {
    const claim = await claimImage(store, { dataset, images: [image] });
    if (claim === undefined) continue;
    const signatures = drawSignatures(index + 1, parcels);
    const counts = classCounts(index + 1, parcels);
    await writeImage(store, claim, {
      signatures: [signatures],
      histograms: [{ band: 'SCL', classes: 12, pid: signatures.pid, counts }],
    });
  }
}
