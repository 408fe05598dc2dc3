import { openCollection } from '../../src/catalog/open-collection.ts';
import { extractSeason } from '../../src/extract/extract-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { openEmbeddedStore } from '../../src/store/embedded-store.ts';

/** `season-process.ts DATA_DIR COLLECTION PARCELS DATASET`: extracts a season and prints each image that is done. */
const [dataDir = '', collection = '', parcels = '', dataset = ''] = process.argv.slice(2);
const store = await openEmbeddedStore({ dataDir, idleMs: 5_000 });
const summary = await extractSeason({
  collection: await openCollection(collection),
  parcels: await readParcels(parcels),
  dataset,
  store,
  leaseMs: 600,
  onProgress: ({ item }) => process.stdout.write(`${item}\n`),
});
process.stdout.write(`${JSON.stringify(summary)}\n`);
await store.close();
