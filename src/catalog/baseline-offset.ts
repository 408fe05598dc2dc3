import { baselineOf } from './acquisition.ts';
import type { BandAsset, Item } from './item.ts';

/** Since this processing baseline Sentinel-2 products carry an offset (ESA, Sentinel-2 products specification, BOA_ADD_OFFSET). */
const firstBaseline = 4;
const storedOffset = -1000;

const reflectance = /^B(0[1-9]|1[0-2]|8A)(_\d+m)?$/;

/**
 * The reflectance bands of a Sentinel-2 product of baseline 04.00 or later whose item states no offset; none where the item says
 * that the archive has taken it off. Their numbers carry +1000 unless the header states an offset.
 */
export function bandsWithoutOffset(item: Item): readonly BandAsset[] {
  const { properties } = item;
  const sentinel2 = /^s(entinel-)?2/i.test(
    String(properties.constellation ?? properties.platform ?? item.id),
  );
  if (!sentinel2 || baselineOf(item) < firstBaseline) return [];
  if (properties['earthsearch:boa_offset_applied'] === true) return [];
  return item.bands.filter(
    ({ name, unstated = [] }) => reflectance.test(name) && unstated.includes('offset'),
  );
}

/** The item with 1000 taken off the numbers of those bands, where their header states no offset either. */
export function withBaselineOffsets(item: Item): Item {
  const bands = new Set(bandsWithoutOffset(item));
  if (bands.size === 0) return item;
  return {
    ...item,
    bands: item.bands.map((band) => (bands.has(band) ? { ...band, assumedOffset: storedOffset } : band)),
  };
}
