import { createHash } from 'node:crypto';
import { writeWkb } from '../geometry/wkb.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { signatureStats } from './signature-table.ts';

/** To be raised when the same input gives other rows. */
const version = 1;

/**
 * A fingerprint of everything but the images that decides about the rows of a season: which bands and indices, which
 * statistics, which outlines. Work done by another recipe is done again.
 */
export function recipeOf(
  { crs, parcels }: ParcelSet,
  bands: readonly string[] | undefined,
  indices: readonly string[] | undefined,
): string {
  const hash = createHash('sha256').update(JSON.stringify([version, bands, indices, signatureStats, crs]));
  for (const { pid, geometry } of parcels) hash.update(`${pid}`).update(writeWkb(geometry));
  return hash.digest('hex');
}
