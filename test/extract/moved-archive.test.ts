import assert from 'node:assert/strict';
import { appendFile, cp, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { formerItemVersion } from '../../src/catalog/item-version.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { estimateSeason } from '../../src/extract/estimate-season.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { freshName, onBothBackends } from '../store/backends.ts';
import { extractSmallSeason, type SmallSeason, smallSeason } from './small-season.ts';

let season: SmallSeason;
let folder: string;
before(async () => {
  season = await smallSeason();
  folder = await mkdtemp(join(tmpdir(), 'furrow-moved-'));
});
after(async () => {
  await season?.remove();
  await rm(folder, { recursive: true, force: true });
});

onBothBackends((store) => {
  test('an archive that moved with its files is not extracted again', async (context) => {
    const name = freshName(context);
    const first = await extractSmallSeason(season, store(), name);
    assert.ok(first.done > 0);
    const moved = join(folder, name.replaceAll(/\W/g, '-'), 'other place');
    const from = await openCollection(season.collection);
    await cp(join(from.address, '..'), moved, { recursive: true, preserveTimestamps: true });
    const collection = await openCollection(moved);
    const again = await extractSmallSeason(season, store(), name, { collection });
    assert.deepEqual([again.done, again.skipped], [0, first.done]);
    // A copy whose files have other times.
    const copy = join(folder, `${name.replaceAll(/\W/g, '-')} copy`);
    await cp(join(from.address, '..'), copy, { recursive: true });
    const copied = await openCollection(copy);
    const [item] = await copied.items();
    const file = item?.bands[0]?.href ?? '';
    for (const { bands } of await copied.items())
      for (const { href } of bands) await utimes(href, 1_900_000_000, 1_900_000_000);
    const parcels = await readParcels(season.parcels);
    const of = { collection: copied, parcels, dataset: name, store: store() };
    assert.equal((await estimateSeason(of)).toDo, 0);
    assert.equal((await extractSmallSeason(season, store(), name, { collection: copied })).done, 0);
    await utimes(file, 1_900_000_000, 1_900_000_060);
    assert.equal((await estimateSeason(of)).toDo, 1);
    assert.equal((await extractSmallSeason(season, store(), name, { collection: copied })).done, 1);
    await appendFile(file, 'x');
    await extractSmallSeason(season, store(), name, { collection });
    assert.equal(
      (await extractSmallSeason(season, store(), name, { collection: copied })).done,
      1,
      'other size',
    );
    await extractSmallSeason(season, store(), name, { collection });
    const [image] = await store().query<{ assets: Record<string, string> }>(
      'select i.assets from furrow.image i join furrow.extraction e on e.image_id = i.id where e.dataset_id = $1 limit 1',
      [first.dataset],
    );
    for (const address of Object.values(image?.assets ?? {})) assert.ok(address.startsWith(moved), address);
  });

  test('work that was registered with absolute addresses stays done where the archive stands', async (context) => {
    const name = freshName(context);
    const { dataset, done } = await extractSmallSeason(season, store(), name);
    const collection = await openCollection(season.collection);
    const items = await collection.items();
    await store().query(
      `update furrow.extraction e set version = r.version from unnest($2::text[], $3::text[]) r(reference, version), furrow.image i
        where e.dataset_id = $1 and i.id = e.image_id and i.reference = r.reference`,
      [dataset, items.map(({ id }) => id), items.map(formerItemVersion)],
    );
    const parcels = await readParcels(season.parcels);
    const estimate = await estimateSeason({ collection, parcels, dataset: name, store: store() });
    assert.equal(estimate.toDo, 0);
    const again = await extractSmallSeason(season, store(), name);
    assert.deepEqual([again.done, again.skipped], [0, done]);
  });
});
