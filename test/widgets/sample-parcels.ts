import type { ParcelSet } from '../../src/index.ts';

const crops = ['wheat', 'maize', 'grass', 'potato', 'quinoa'];

/** A grid of square parcels around a place in longitude and latitude, `across` x `across`, pids from 1 row by row. */
export function squareParcels(across: number, side = 0.004, west = 5.4, south = 52.3): ParcelSet {
  const parcels = Array.from({ length: across * across }, (_, i) => {
    const x = west + (i % across) * side;
    const y = south + Math.floor(i / across) * side;
    return {
      pid: i + 1,
      label: `parcel ${i + 1}`,
      crop: crops[i % crops.length],
      area: 10,
      geometry: {
        type: 'Polygon' as const,
        coordinates: [
          [
            [x, y],
            [x + side, y],
            [x + side, y + side],
            [x, y + side],
            [x, y],
          ] as [number, number][],
        ],
      },
      attributes: {},
    };
  });
  return { name: 'squares', crs: 'OGC:CRS84', parcels };
}
