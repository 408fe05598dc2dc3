import type { Item } from '../catalog/item.ts';

/** The name under which an item's layouts stand: its constellation, else platform, else collection. */
export function sensorOf({ properties, collection }: Item): string {
  const named = [properties.constellation, properties.platform].find(
    (name) => typeof name === 'string' && name !== '',
  );
  return (typeof named === 'string' ? named : collection).toLowerCase().replace(/^(sentinel-\d)[a-d]$/, '$1');
}

const radar = /^(VV|VH|HH|HV)/i;
const coherence = /(^|[^a-z])coh(erence|\d+)?([^a-z]|$)/i;

/** Whether a band is one of a radar, by its polarisation. */
export function isRadarBand(name: string): boolean {
  return radar.test(name);
}

/**
 * The name under which a band's signatures stand: its own, but `VVc` and `VHc` for interferometric coherence, as in the JRC's
 * tables, where archives call it `VV` just like backscatter: one dataset may hold both. An item is one of coherence that says so in
 * its product type or its collection's name (`CARD-COH6`, `s1-slc-coherence`).
 */
export function cardBand(
  { properties, collection }: Pick<Item, 'properties' | 'collection'>,
  name: string,
): string {
  if (!radar.test(name) || /^..c$/i.test(name)) return name;
  const said = [
    properties['product:type'],
    properties['sar:product_type'],
    properties.productType,
    collection,
  ];
  return said.some((text) => typeof text === 'string' && coherence.test(text)) ? `${name}c` : name;
}
