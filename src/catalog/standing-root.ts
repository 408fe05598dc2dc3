import { InvalidArgument, Unsupported } from '../errors.ts';
import { resolveHref } from '../storage/address.ts';
import { type JsonRecord, linksOf } from './stac-json.ts';

/**
 * Where the catalog of an item stands: the folder of the collection that the item links to, else of the document that lists it,
 * when the item's own document at `url` lies below; else of that document. Ends in a slash. However the item was reached, by its
 * collection or by a catalog above, the answer is the same one.
 */
export function standingRoot(item: JsonRecord, url: string, listedBy: string | undefined): string {
  const own = folderOf(url);
  const linked = linksOf(item, 'collection').map((href) => linkedAddress(url, href));
  const above = [...linked, listedBy].find((address) => address && own.startsWith(folderOf(address)));
  return above === undefined ? own : folderOf(above);
}

/** `href` as it reads from below `root`, absolute when it lies elsewhere. */
export function fromRoot(root: string | undefined, href: string): string {
  return root !== undefined && href.startsWith(root) ? href.slice(root.length) : href;
}

function folderOf(address: string): string {
  const plain = /^https?:/.test(address) ? address.replace(/[?#].*$/, '') : address;
  return plain.slice(0, plain.lastIndexOf('/') + 1);
}

/** A link that leads nowhere is no reason to leave the item out. */
function linkedAddress(url: string, href: string): string | undefined {
  try {
    return resolveHref(url, href);
  } catch (error) {
    if (error instanceof InvalidArgument || error instanceof Unsupported) return undefined;
    throw error;
  }
}
