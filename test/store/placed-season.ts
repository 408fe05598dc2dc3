import assert from 'node:assert/strict';
import type { Parcel, ParcelSet } from '../../src/parcels/parcel.ts';
import { claimImage } from '../../src/store/claims.ts';
import { registerImages } from '../../src/store/images.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import type { Store } from '../../src/store/store.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { images, rowsOf } from './sample-season.ts';

/** A square of `side` degrees whose lower left corner is given. */
export function placed(
  pid: number,
  [x, y]: readonly [number, number],
  rest: Partial<Parcel> = {},
  side = 0.001,
): Parcel {
  const ring = [
    [x, y],
    [x + side, y],
    [x + side, y + side],
    [x, y + side],
    [x, y],
  ] as const;
  return {
    pid,
    label: `P-${pid}`,
    crop: 'wheat',
    area: 1,
    geometry: { type: 'Polygon', coordinates: [ring] },
    attributes: {},
    ...rest,
  };
}

export function placedSet(name: string, parcels: readonly Parcel[]): ParcelSet {
  return { name, crs: 'OGC:CRS84', parcels };
}

export interface StoredSeason {
  readonly name: string;
  readonly dataset: number;
  /** In time order. */
  readonly images: readonly number[];
}

/** Parcels of 0.001 degrees in rows of ten, `count` of them, with `of` images five days apart from 2026-03-28 on, all extracted. */
export async function storedSeason(
  store: Store,
  name: string,
  { count = 30, of = 3 }: { readonly count?: number; readonly of?: number } = {},
): Promise<StoredSeason> {
  const parcels = Array.from({ length: count }, (_, i) =>
    placed(i + 1, [10 + (i % 10) * 0.002, 50 + Math.floor(i / 10) * 0.002], {
      crop: ['wheat', 'maize', undefined][i % 3],
      area: (i + 1) / 10,
    }),
  );
  const { dataset } = await saveParcels(store, placedSet(name, parcels));
  const work = await registerImages(store, { dataset, recipe: 'one', images: images(of, name) });
  for (const [number, { image }] of work.entries()) {
    const claim = await claimImage(store, { dataset, images: [image] });
    assert.ok(claim);
    const pids = parcels.map(({ pid }) => pid);
    const bands = rowsOf(number, pids, ['B04', 'B08']);
    const index = rowsOf(number + 10, pids, ['ndvi']);
    await writeImage(store, claim, {
      signatures: [...bands.signatures, ...index.signatures],
      histograms: number === 1 ? [] : bands.histograms,
    });
  }
  return { name, dataset, images: work.map(({ image }) => image) };
}
