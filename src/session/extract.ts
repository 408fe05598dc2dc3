import type { CatalogProblem } from '../catalog/collection.ts';
import { extractSeason, type SeasonSummary } from '../extract/extract-season.ts';
import type { ParcelSet } from '../parcels/parcel.ts';
import { displaySymbol, factSheet, type MimeBundle, problemFacts } from './rich-text.ts';
import type { Season } from './season.ts';
import { sharedStore } from './shared-store.ts';
import { signalOf, withProgress } from './surroundings.ts';

export interface ExtractOptions {
  readonly collection: Season;
  readonly parcels: ParcelSet;
  /** By name or common name; every measured band when left out. */
  readonly bands?: readonly string[] | undefined;
  /** Spectral indices besides the bands; NDVI where the bands allow it when left out. */
  readonly indices?: readonly string[] | undefined;
  /** From (included) to (excluded), ISO 8601. */
  readonly time?: readonly [string | null, string | null] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an extraction did; a cell shows it as a table. */
export type ExtractReport = SeasonSummary & {
  /** Documents of the collection that could not be read: their images are not in the counts. */
  readonly problems: readonly CatalogProblem[];
  [displaySymbol](): MimeBundle;
};

/**
 * Measures every parcel on every image of a season and stores the signatures, with progress. Done images are not done
 * again; an interrupted extraction goes on where it stopped. A failed image is listed with its reason, the others go on.
 */
export async function extract(options: ExtractOptions): Promise<ExtractReport> {
  const { collection, parcels, bands, indices, time } = options;
  const signal = signalOf(options.signal);
  const store = await sharedStore();
  const summary = await withProgress(`Extracting ${parcels.parcels.length} parcels`, (bar) =>
    extractSeason({
      collection: collection.collection,
      parcels,
      store,
      bands,
      indices,
      interval: time,
      signal,
      onProgress: ({ done, of, item }) => bar.update(done, of, item),
    }),
  );
  const problems = [...collection.collection.problems];
  return { ...summary, problems, [displaySymbol]: () => reportSheet(summary, parcels.name, problems) };
}

function reportSheet(summary: SeasonSummary, name: string, problems: readonly CatalogProblem[]): MimeBundle {
  const { images, done, skipped, dropped, failed, rows, seconds } = summary;
  const facts: [string, string][] = [
    ['images', String(images)],
    ['extracted now', String(done)],
    ['extracted before', String(skipped)],
    ['superseded by a newer processing', String(dropped.length)],
    ['rows written', String(rows)],
    ['time', `${seconds.toFixed(1)} s`],
    ...problemFacts(
      'images that could not be read',
      problems.map(({ reason }) => reason),
    ),
    ...failed.map(({ item, reason }): [string, string] => [`failed: ${item}`, reason]),
  ];
  const text = facts.map(([fact, value]) => `${fact}: ${value}`).join('\n');
  return { 'text/html': factSheet(`Signatures of ${name}`, facts), 'text/plain': text };
}
