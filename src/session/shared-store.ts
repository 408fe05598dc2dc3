import { readConfig } from '../config.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { withProgress } from './surroundings.ts';

let opening: Promise<Store> | undefined;

/** The store that the configuration names, opened at the first call and shared by all later ones. */
export function sharedStore(): Promise<Store> {
  opening ??= withProgress('Opening the store', (bar) =>
    openStore(readConfig(), {
      asks: true,
      onProgress: ({ message, fraction }) => bar.update(fraction, 1, message),
    }),
  ).catch((error: unknown) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

/** Closes the shared store, if it was opened; the next call of `sharedStore` opens it again. */
export async function closeSharedStore(): Promise<void> {
  const store = await opening;
  opening = undefined;
  await store?.close();
}
