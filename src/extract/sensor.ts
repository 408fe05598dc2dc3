import type { Item } from '../catalog/item.ts';

/** The name under which an item's layouts stand: its constellation, else platform, else collection. */
export function sensorOf({ properties, collection }: Item): string {
  const named = [properties.constellation, properties.platform].find(
    (name) => typeof name === 'string' && name !== '',
  );
  return (typeof named === 'string' ? named : collection).toLowerCase().replace(/^(sentinel-\d)[a-d]$/, '$1');
}
