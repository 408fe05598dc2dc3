import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { listArchive } from '../../src/archive/archive-catalog.ts';
import { archiveMonth } from '../../src/archive/archive-month.ts';
import { detachMonth } from '../../src/archive/detach-month.ts';
import { monthOf } from '../../src/archive/month.ts';
import { restoreMonth } from '../../src/archive/restore-month.ts';
import type { Collection, ItemQuery } from '../../src/catalog/collection.ts';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { extractReport } from '../../src/session/extract-report.ts';
import { displaySymbol } from '../../src/session/rich-text.ts';
import { archivedImages } from '../../src/store/archived-images.ts';
import { freshName, onBothBackends } from '../store/backends.ts';
import { extractSmallSeason, type SmallSeason, smallSeason } from './small-season.ts';

let season: SmallSeason;
let folder: string;
before(async () => {
  season = await smallSeason();
  folder = await mkdtemp(join(tmpdir(), 'furrow-late-'));
});
after(async () => {
  await season?.remove();
  await rm(folder, { recursive: true, force: true });
});

onBothBackends((store) => {
  test('an image that comes after its month was moved to the archive is told, with what to do', async (context) => {
    const name = freshName(context);
    const whole = await openCollection(season.collection);
    const all = await whole.items();
    const [late] = all.slice(1);
    const month = monthOf(late?.datetime ?? '');
    assert.ok(all.filter(({ datetime }) => datetime.startsWith(month.name)).length > 1);
    const items = async (query?: ItemQuery) => (await whole.items(query)).filter(({ id }) => id !== late?.id);
    const early: Collection = { ...whole, items };
    const first = await extractSmallSeason(season, store(), name, { collection: early });
    const { dataset } = first;
    const archived = await archiveMonth(store(), { dataset, month, location: folder });
    assert.deepEqual(await archivedImages(store(), dataset), []);
    await detachMonth(store(), dataset, archived);
    assert.deepEqual((await extractSmallSeason(season, store(), name, { collection: early })).divided, []);
    const before = await archivedImages(store(), dataset);
    assert.ok(before.length > 0 && before.every(({ beside }) => !beside));

    const summary = await extractSmallSeason(season, store(), name);
    assert.equal(summary.done, 1);
    assert.deepEqual(summary.divided, [{ month: month.name, location: folder, images: 1 }]);
    const text = String(extractReport(summary, name, [])[displaySymbol]()['text/plain']);
    assert.match(
      text,
      new RegExp(
        `beside the archive: 1 image of ${month.name}: .*furrow archive '${name}' --restore --month ${month.name} `,
      ),
    );
    const after = await archivedImages(store(), dataset);
    assert.deepEqual([after.length, after.filter(({ beside }) => beside).length], [before.length + 1, 1]);
    assert.deepEqual((await extractSmallSeason(season, store(), name)).divided, summary.divided);

    const [gone] = (await listArchive(store(), dataset)).filter(({ status }) => status === 'detached');
    await restoreMonth(store(), dataset, gone ?? assert.fail());
    assert.deepEqual((await extractSmallSeason(season, store(), name)).divided, []);
  });
});
