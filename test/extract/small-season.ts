import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';

/** A demo season of 192 x 192 pixels and nine passes in a temporary folder; `remove` takes it away. */
export async function smallSeason(): Promise<{
  collection: string;
  parcels: string;
  remove(): Promise<void>;
}> {
  const root = await mkdtemp(join(tmpdir(), 'furrow-season-'));
  const { collection, parcels } = await makeDemoSeason({ folder: join(root, 'demo'), size: 192, dates: 9 });
  return { collection, parcels, remove: () => rm(root, { recursive: true, force: true }) };
}
