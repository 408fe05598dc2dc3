import { dirname } from 'node:path/posix';
import { pathOf, schemeOf } from '../storage/address.ts';

/**
 * What may be told to people who do not run this machine: a function that calls the folders and prefixes of the configured
 * collections by the names of these, which is what messages of files below them are left with. Throws as `schemeOf` does.
 */
export function withoutPlaces(collections: ReadonlyMap<string, string>): (text: string) => string {
  const places = [...collections]
    .map(([name, address]) => {
      const place = schemeOf(address) === 'file' ? pathOf(address) : (address.split(/[?#]/, 1)[0] ?? '');
      const folder = /\.(geo)?json$/i.test(place) ? dirname(place) : place.replace(/\/+$/, '');
      return { name, folder };
    })
    .filter(({ folder }) => folder.length > 1)
    // One collection may lie within another.
    .sort((one, other) => other.folder.length - one.folder.length);
  return (text) => places.reduce((told, { name, folder }) => told.replaceAll(folder, name), text);
}
