import type { BandAsset } from '../catalog/item.ts';
import type { CubeCollection } from '../cube/load-plan.ts';
import { openStac } from '../cube/open-stac.ts';
import { checkAskedAddress } from '../storage/asked-address.ts';
import { forAsker } from '../storage/egress.ts';

/**
 * Opens the STAC document that a graph of a caller names (`load_stac`). The document, those that it leads to and the files of their
 * items have public addresses, or such as `FURROW_EGRESS_ALLOW` names: what the configured collections are read with (hosts
 * inside, buckets by the server's keys) is not for addresses that come from a caller. Throws `EgressRefused` and what `openStac`
 * throws.
 */
export async function openAskedStac(
  url: string,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<CubeCollection> {
  await checkAskedAddress(url, { signal });
  const opened = await forAsker(() => openStac(url, { signal }));
  return {
    ...opened,
    // It grows with what is read: a copy would stay as it was.
    get problems() {
      return opened.problems;
    },
    async items(query) {
      const items = await forAsker(() => opened.items(query));
      await checkBands(
        items.flatMap(({ bands }) => bands),
        query?.signal ?? signal,
      );
      return items;
    },
  };
}

/** Each place once: an item has many files on one host. */
async function checkBands(bands: readonly BandAsset[], signal: AbortSignal | undefined): Promise<void> {
  const places = new Map<string, string>();
  for (const { href } of bands) {
    const [place] = /^[a-z0-9+.-]+:\/\/[^/?#]*/i.exec(href) ?? [href];
    places.set(place, href);
  }
  for (const href of places.values()) await checkAskedAddress(href, { signal });
}
