import { BandNotFound } from '../errors.ts';
import type { BandAsset, Item } from './item.ts';

/** The name of a band without the pixel size that archives of several append (`B04_20m` is `B04`). */
export function plainBandName(name: string): string {
  return name.replace(/_\d+m$/, '');
}

/**
 * The item with only those bands that the archive holds at a pixel size (in units of the image's grid, within 1 %), under their
 * plain names; the scene classification stays as it is where it has no such size. Throws `BandNotFound` where no band is left.
 */
export function atResolution(item: Item, resolution: number): Item {
  const groups = Map.groupBy(item.bands, ({ name }) => plainBandName(name));
  const bands = [...groups].flatMap(([name, group]): BandAsset[] => {
    const chosen = group.find((band) => Math.abs(sizeOf(band) / resolution - 1) < 0.01);
    const commonName = group.find((band) => band.commonName !== undefined)?.commonName;
    if (chosen !== undefined) return [{ ...chosen, name, commonName }];
    return commonName === 'scl' ? group.slice(0, 1) : [];
  });
  if (bands.every(({ commonName }) => commonName === 'scl')) {
    const sizes = [...new Set(item.bands.map(sizeOf))].sort((one, other) => one - other);
    throw new BandNotFound(
      `item ${item.id} has no band with pixels of ${resolution}; it has ${sizes.join(', ') || 'none'}`,
    );
  }
  return { ...item, bands };
}

/** The larger side of a pixel. */
function sizeOf({ grid: { transform } }: BandAsset): number {
  const [a, b, , d, e] = transform;
  return Math.max(Math.hypot(a, d), Math.hypot(b, e));
}
