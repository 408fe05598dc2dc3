import { createHash } from 'node:crypto';
import { writeWkb } from '../geometry/wkb.ts';
import { defaultStatistics } from '../parcels/measures.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { checkedSettings, type ExtractionSettings } from './settings.ts';

/** To be raised when the same input gives other rows. */
const version = 1;

/**
 * A fingerprint of everything but the images that decides about the rows of a season: which bands, indices and statistics over
 * which pixels, which outlines. Work done by another recipe is done again. Throws `InvalidArgument` for impossible settings.
 */
export function recipeOf({ crs, parcels }: ParcelSet, settings: ExtractionSettings): string {
  const { bands, indices, statistics = defaultStatistics, ...others } = checkedSettings(settings);
  const hash = createHash('sha256').update(JSON.stringify([version, bands, indices, statistics, crs]));
  // Appended only where there are any: stores that were filled before these settings existed stay valid.
  if (Object.keys(others).length > 0) hash.update(JSON.stringify(others));
  for (const { pid, geometry } of parcels) hash.update(`${pid}`).update(writeWkb(geometry));
  return hash.digest('hex');
}
