import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { openCollection } from '../../../src/catalog/open-collection.ts';
import { extractImage } from '../../../src/extract/extract-image.ts';
import { extractSeason } from '../../../src/extract/extract-season.ts';
import { readParcels } from '../../../src/formats/read-parcels.ts';
import { openPostgresStore } from '../../../src/store/postgres-store.ts';
import { steadily } from '../../../src/store/steady-store.ts';
import type { WorkerEvent } from './worker-event.ts';

/** `worker.ts ORDER`: one process of an extraction, telling what it does in a line each, written before it goes on. */
export interface WorkerOrder {
  readonly store: string;
  readonly collection: string;
  readonly parcels: string;
  readonly leaseMs: number | undefined;
  /** Every image takes up to so much longer, in milliseconds, so that kills meet the work in all its phases. */
  readonly pauseMs: number;
}

const {
  store: url,
  collection,
  parcels,
  leaseMs,
  pauseMs,
} = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
const tell = (event: WorkerEvent) => writeSync(1, `${JSON.stringify({ ...event, at: Date.now() })}\n`);

const store = await steadily(() => openPostgresStore(url), { onLost: () => tell({ kind: 'waiting' }) });
const summary = await extractSeason({
  collection: await openCollection(collection),
  parcels: await readParcels(parcels),
  dataset: 'units',
  store,
  leaseMs,
  measure: async (options) => {
    await pause(2 * pauseMs * Math.random());
    return await extractImage(options);
  },
  onClaim: ({ reference, token, tries }) => tell({ kind: 'claim', unit: reference, token, tries }),
  onProgress: ({ item }) => tell({ kind: 'done', unit: item }),
  onLost: () => tell({ kind: 'waiting' }),
});
tell({ kind: 'end', failed: summary.failed.length + summary.overtaken.length });
await store.close();
