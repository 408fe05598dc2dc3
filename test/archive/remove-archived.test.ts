import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { archiveMonth } from '../../src/archive/archive-month.ts';
import { detachMonth } from '../../src/archive/detach-month.ts';
import { monthOf } from '../../src/archive/month.ts';
import { removeDataset } from '../../src/store/datasets.ts';
import { freshName, onBothBackends } from '../store/backends.ts';
import { storedSeason } from '../store/placed-season.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'furrow-removed-'));
});
after(() => rm(folder, { recursive: true, force: true }));

onBothBackends((store) => {
  test('removing a dataset names the files of its archive, copied and detached, which stay', async (context) => {
    const { dataset, name } = await storedSeason(store(), freshName(context));
    const location = await mkdtemp(join(folder, 'place-'));
    for (const month of [monthOf('2026-03'), monthOf('2026-04')]) {
      const archived = await archiveMonth(store(), { dataset, month, location });
      if (month.name === '2026-04') await detachMonth(store(), dataset, archived);
    }
    const { files } = await removeDataset(store(), name);
    const lying = (await readdir(location, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    assert.ok(lying.length >= 4);
    assert.deepEqual([...files].sort(), lying.sort());
    for (const table of ['archive', 'archive_file', 'signature', 'histogram']) {
      const [row] = await store().query<{ n: number }>(
        `select count(*) as n from furrow.${table} where dataset_id = $1`,
        [dataset],
      );
      assert.equal(row?.n, 0, table);
    }
  });
});
