import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { estimateSeason } from '../../src/extract/estimate-season.ts';
import { cloudOf } from '../../src/extract/image-record.ts';
import { readParcels } from '../../src/formats/read-parcels.ts';
import { estimateFacts, extractReport } from '../../src/session/extract-report.ts';
import { displaySymbol } from '../../src/session/rich-text.ts';
import { freshName, onBothBackends } from '../store/backends.ts';
import { extractSmallSeason, type SmallSeason, smallSeason } from './small-season.ts';

let season: SmallSeason;
before(async () => {
  season = await smallSeason();
});
after(() => season?.remove());

onBothBackends((store) => {
  const rowsIn = async (dataset: number) => {
    const [row] = await store().query<{ n: number }>(
      `select (select count(*) from furrow.signature where dataset_id = $1)
        + (select count(*) from furrow.histogram where dataset_id = $1) as n`,
      [dataset],
    );
    return row?.n ?? -1;
  };

  test('images that a lower bound of clouds leaves out are told with their rows, before and after', async (context) => {
    const name = freshName(context);
    const first = await extractSmallSeason(season, store(), name);
    assert.deepEqual(first.removed, []);
    const collection = await openCollection(season.collection);
    const clouds = (await collection.items()).flatMap((item) => cloudOf(item) ?? []);
    const maxCloud = clouds.sort((one, other) => one - other)[clouds.length >> 1] ?? assert.fail();
    const parcels = await readParcels(season.parcels);
    const before = await rowsIn(first.dataset);

    const estimate = await estimateSeason({ collection, parcels, dataset: name, store: store(), maxCloud });
    assert.equal(await rowsIn(first.dataset), before);
    const summary = await extractSmallSeason(season, store(), name, { maxCloud });
    const gone = before - (await rowsIn(first.dataset));
    assert.ok(gone > 0 && summary.removed.length > 0);
    assert.equal(
      summary.removed.reduce((sum, { rows }) => sum + rows, 0),
      gone,
    );
    assert.deepEqual(summary.removed, estimate.removed);
    assert.match(summary.removed[0]?.reason ?? '', /of it is cloud/);
    const images = `${gone} rows`;
    assert.ok(
      estimateFacts(estimate).some(
        ([fact, value]) => /would be used no more: \d+ image/.test(fact) && value.includes(images),
      ),
    );
    const shown = extractReport(summary, name, [])[displaySymbol]()['text/plain'];
    assert.match(String(shown), new RegExp(`used no more: \\d+ images?: their ${images} deleted`));

    const again = await extractSmallSeason(season, store(), name, { maxCloud });
    assert.deepEqual([again.removed, again.done], [[], 0]);
    const back = await extractSmallSeason(season, store(), name);
    assert.deepEqual([back.done, await rowsIn(first.dataset)], [summary.removed.length, before]);
  });

  test('rows of images that wait to be extracted otherwise count when they leave', async (context) => {
    const name = freshName(context);
    const first = await extractSmallSeason(season, store(), name);
    await store().query(
      `update furrow.extraction set status = 'waiting', rows = null where dataset_id = $1`,
      [first.dataset],
    );
    const before = await rowsIn(first.dataset);
    const collection = await openCollection(season.collection);
    const parcels = await readParcels(season.parcels);
    const of = { collection, parcels, dataset: name, store: store(), maxCloud: 0 };
    const { removed } = await estimateSeason(of);
    const summary = await extractSmallSeason(season, store(), name, { maxCloud: 0 });
    assert.deepEqual(summary.removed, removed);
    assert.equal(
      summary.removed.reduce((sum, { rows }) => sum + rows, 0),
      before - (await rowsIn(first.dataset)),
    );
  });
});
