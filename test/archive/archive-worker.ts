import { listArchive } from '../../src/archive/archive-catalog.ts';
import { archiveMonth } from '../../src/archive/archive-month.ts';
import { detachMonth } from '../../src/archive/detach-month.ts';
import { monthOf } from '../../src/archive/month.ts';
import { restoreMonth } from '../../src/archive/restore-month.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';

/** Moves a month back and forth for ever, until it is killed: `archive-worker.ts URL DATASET LOCATION`. */
const [url = '', dataset = '', location = ''] = process.argv.slice(2);
const store = await openPostgresStore(url);
const month = monthOf('2026-04');
process.stdout.write('ready\n');
for (;;) {
  const [known] = await listArchive(store, Number(dataset));
  if (known?.status === 'detached') await restoreMonth(store, Number(dataset), known);
  else
    await detachMonth(
      store,
      Number(dataset),
      await archiveMonth(store, { dataset: Number(dataset), month, location, fileRows: 500 }),
    );
}
