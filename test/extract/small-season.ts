import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import {
  type ExtractSeasonOptions,
  extractSeason,
  type SeasonSummary,
} from '../../src/extract/extract-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import type { Store } from '../../src/store/store.ts';

export interface SmallSeason {
  /** The path of its collection. */
  readonly collection: string;
  readonly parcels: string;
  /** Takes it away. */
  remove(): Promise<void>;
}

/** A demo season of 192 x 192 pixels and nine passes in a temporary folder. */
export async function smallSeason(): Promise<SmallSeason> {
  const root = await mkdtemp(join(tmpdir(), 'furrow-season-'));
  const { collection, parcels } = await makeDemoSeason({ folder: join(root, 'demo'), size: 192, dates: 9 });
  return { collection, parcels, remove: () => rm(root, { recursive: true, force: true }) };
}

/** Extracts it into a dataset, as the options say. */
export async function extractSmallSeason(
  season: SmallSeason,
  store: Store,
  dataset: string,
  options: Partial<ExtractSeasonOptions> = {},
): Promise<SeasonSummary> {
  return await extractSeason({
    collection: await openCollection(season.collection),
    parcels: await readParcels(season.parcels),
    dataset,
    store,
    ...options,
  });
}
