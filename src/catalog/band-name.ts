import { BandNotFound } from '../errors.ts';
import type { Grid } from '../geometry/grid.ts';
import type { BandAsset, Item } from './item.ts';

interface NamedBand {
  readonly name: string;
  readonly commonName?: string | undefined;
  readonly grid?: Grid | undefined;
}

/** Common names that stand in for another where an archive has no such band. */
const stepIn: ReadonlyMap<string, readonly string[]> = new Map([
  // Sentinel-2 B8A, the narrow near infrared, where B08 was not kept.
  ['nir', ['nir08']],
  ['nir08', ['nir']],
  ['rededge', ['rededge071', 'rededge1']],
  ['rededge071', ['rededge1', 'rededge']],
  ['rededge075', ['rededge2']],
  ['rededge078', ['rededge3']],
]);

/**
 * The band of that name, else of that common name (`red`, `nir`, `scl`, ...), else of one that steps in for it: `nir` falls
 * back to `nir08` (B8A). Case does not matter. Of several, as of `B04_10m` and `B04_20m`, the finest. Undefined when there is none.
 */
export function findBand<T extends NamedBand>(bands: readonly T[], wanted: string): T | undefined {
  const key = wanted.toLowerCase();
  return (
    bands.find(({ name }) => name === wanted) ??
    bands.find(({ name }) => name.toLowerCase() === key) ??
    finestBand(bands.filter((band) => plainBandName(band).toLowerCase() === key)) ??
    [key, ...(stepIn.get(key) ?? [])]
      .map((common) => finestBand(bands.filter(({ commonName }) => commonName?.toLowerCase() === common)))
      .find((band) => band !== undefined)
  );
}

/** The name without a resolution, as archives append it to bands that they hold several times: `B04_20m`. */
export function plainBandName({ name }: NamedBand): string {
  return name.replace(/_\d+m$/, '');
}

/** The band with the smallest pixels, the first of equal ones. */
export function finestBand<T extends NamedBand>(bands: readonly T[]): T | undefined {
  const size = ({ grid }: T) =>
    grid === undefined ? Infinity : Math.hypot(grid.transform[0], grid.transform[3]);
  let finest = bands[0];
  for (const band of bands) if (finest !== undefined && size(band) < size(finest)) finest = band;
  return finest;
}

/** The same for an item. Throws `BandNotFound` with the names there are. */
export function bandOf(item: Pick<Item, 'id' | 'bands'>, wanted: string): BandAsset {
  const band = findBand(item.bands, wanted);
  if (band !== undefined) return band;
  const names = item.bands.map(({ name, commonName }) => (commonName ? `${name} (${commonName})` : name));
  throw new BandNotFound(`item ${item.id} has no band '${wanted}'; it has ${names.join(', ') || 'none'}`);
}
