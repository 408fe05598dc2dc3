import { openEmbeddedStore } from '../../src/store/embedded-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { squareParcels } from './sample-season.ts';

/** `endless-writer.ts DATA_DIR`: saves datasets of fifty parcels until it is killed, and names each after its commit. */
const store = await openEmbeddedStore({ dataDir: process.argv[2] ?? '', idleMs: 60_000 });
try {
  for (let i = 0; ; i++) {
    const name = `written ${process.pid} ${i}`;
    await saveParcels(store, squareParcels(name, 50));
    process.stdout.write(`${name}\n`);
  }
} catch {
  process.exit(0);
}
