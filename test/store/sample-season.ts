import type { Parcel, ParcelSet } from '../../src/parcels/parcel.ts';
import type { ImageRecord } from '../../src/store/images.ts';
import type { ImageRows } from '../../src/store/write-signatures.ts';

/** Squares of 100 m in UTM zone 32, pid 1, 2, ... */
export function squareParcels(name: string, count: number): ParcelSet {
  const parcels = Array.from({ length: count }, (_, i): Parcel => {
    const x = 600_000 + i * 200;
    const ring = [
      [x, 5_200_000],
      [x + 100, 5_200_000],
      [x + 100, 5_200_100],
      [x, 5_200_100],
      [x, 5_200_000],
    ] as const;
    return {
      pid: i + 1,
      label: `P-${i + 1}`,
      crop: i % 3 === 0 ? undefined : 'wheat',
      area: 1,
      geometry: { type: 'Polygon', coordinates: [ring] },
      attributes: { number: i, "quote's": '{"\\' },
    };
  });
  return { name, crs: 'EPSG:32632', parcels };
}

/** Images five days apart from 2026-03-28 on. */
export function images(count: number, collection = 'sample'): ImageRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    collection,
    reference: `image-${i}`,
    sensor: 'sentinel-2',
    datetime: new Date(Date.UTC(2026, 2, 28 + i * 5, 10, 30)).toISOString(),
    footprint: [10.2, 46.8, 10.5, 47] as const,
    cloud: i,
    assets: { B04: `/data/${i}.tif` },
  }));
}

export const stats = ['mean', 'std', 'min', 'max', 'p25', 'p50', 'p75'];

/** Numbers that tell parcel, band and statistic: image * 1000 + pid * 100 + band * 10 + statistic. */
export function rowsOf(image: number, pids: readonly number[], bands: readonly string[]): ImageRows {
  const v = pids.flatMap((pid) =>
    bands.flatMap((_, b) => stats.map((_, s) => image * 1000 + pid * 100 + b * 10 + s)),
  );
  const counts = pids.flatMap(() => [0, 0, 0, 0, 30, 10, 0, 0, 60]);
  return {
    signatures: [
      {
        layout: { sensor: 'sentinel-2', bands, stats },
        pid: pids,
        n: pids.map(() => 100),
        v: Float32Array.from(v),
      },
    ],
    histograms: [{ band: 'SCL', classes: 9, pid: pids, counts: Int32Array.from(counts) }],
  };
}
