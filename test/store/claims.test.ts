import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseLost } from '../../src/errors.ts';
import {
  type Claim,
  claimImage,
  failImage,
  openImages,
  releaseImage,
  renewLease,
} from '../../src/store/claims.ts';
import { type ImageRecord, listExtractions, registerImages } from '../../src/store/images.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { freshName, onBothBackends } from './backends.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';

onBothBackends((store) => {
  async function season(name: string, count: number): Promise<number> {
    const { dataset } = await saveParcels(store(), squareParcels(name, 3));
    await registerImages(store(), { dataset, recipe: 'one', images: images(count, name) });
    return dataset;
  }

  async function claimed(dataset: number, leaseMs?: number): Promise<Claim> {
    const claim = await claimImage(store(), { dataset, leaseMs });
    assert.ok(claim);
    return claim;
  }

  const statuses = async (dataset: number) =>
    (await listExtractions(store(), dataset)).map(({ status }) => status);

  test('images are claimed from the oldest on, each once, until none is left', async (context) => {
    const dataset = await season(freshName(context), 3);
    const claims = [await claimed(dataset), await claimed(dataset), await claimed(dataset)];
    assert.deepEqual(
      claims.map(({ reference }) => reference),
      ['image-0', 'image-1', 'image-2'],
    );
    assert.deepEqual(
      claims.map(({ day }) => day),
      ['2026-03-28', '2026-04-02', '2026-04-07'],
    );
    assert.equal(await claimImage(store(), { dataset }), undefined);
    assert.equal(await openImages(store(), { dataset }), 3);
  });

  test('a reason that no text of the database can hold is recorded all the same', async (context) => {
    const dataset = await season(freshName(context), 1);
    await failImage(store(), await claimed(dataset), 'InvalidFile: tag "\0\0"');
    const [image] = await listExtractions(store(), dataset);
    assert.deepEqual([image?.status, image?.error], ['failed', 'InvalidFile: tag "\ufffd\ufffd"']);
  });

  test('an image that is given twice is dropped only when neither is used', async (context) => {
    const name = freshName(context);
    const { dataset } = await saveParcels(store(), squareParcels(name, 3));
    const [one, other] = images(2, name);
    assert.ok(one && other);
    const dropped = { ...one, dropped: 'another is newer' };
    const register = (given: ImageRecord[]) =>
      registerImages(store(), { dataset, recipe: 'one', images: [...given, { ...other, dropped: 'older' }] });
    const states = async (given: ImageRecord[]) => (await register(given)).map(({ status }) => status);
    assert.deepEqual(await states([one, dropped]), ['waiting', 'dropped']);
    assert.deepEqual(await states([dropped, one]), ['waiting', 'dropped']);
    assert.deepEqual(await states([dropped, dropped]), ['dropped', 'dropped']);
  });

  test('many workers at once never hold one image twice', async (context) => {
    const dataset = await season(freshName(context), 60);
    const worker = async () => {
      const mine: number[] = [];
      for (
        let claim = await claimImage(store(), { dataset });
        claim;
        claim = await claimImage(store(), { dataset })
      )
        mine.push(claim.image);
      return mine;
    };
    const all = (await Promise.all([worker(), worker(), worker(), worker()])).flat();
    assert.equal(all.length, 60);
    assert.equal(new Set(all).size, 60);
  });

  test('only the images that are asked for are claimed', async (context) => {
    const dataset = await season(freshName(context), 3);
    const last = (await listExtractions(store(), dataset)).at(-1)?.image ?? -1;
    assert.equal((await claimImage(store(), { dataset, images: [last] }))?.image, last);
    assert.equal(await claimImage(store(), { dataset, images: [last] }), undefined);
  });

  test('a lease that has ended is claimable, and the first worker writes nothing any more', async (context) => {
    const dataset = await season(freshName(context), 1);
    const first = await claimed(dataset, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await claimed(dataset);
    assert.equal(second.tries, 2);
    await assert.rejects(writeImage(store(), first, rowsOf(1, [1], ['B04'])), LeaseLost);
    await assert.rejects(renewLease(store(), first), LeaseLost);
    await assert.rejects(failImage(store(), first, 'too late'), LeaseLost);
    assert.deepEqual(
      await store().query('select 1 from furrow.signature where dataset_id = $1', [dataset]),
      [],
    );
    assert.equal(await writeImage(store(), second, rowsOf(2, [1, 2], ['B04'])), 4);
    assert.deepEqual(await statuses(dataset), ['done']);
    await assert.rejects(writeImage(store(), second, rowsOf(2, [1], ['B04'])), LeaseLost);
  });

  test('a renewed lease is not taken over', async (context) => {
    const dataset = await season(freshName(context), 1);
    const claim = await claimed(dataset, 1);
    await renewLease(store(), claim, 60_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await claimImage(store(), { dataset }), undefined);
  });

  test('an image given back waits again without counting as a try', async (context) => {
    const dataset = await season(freshName(context), 1);
    await releaseImage(store(), await claimed(dataset));
    assert.equal((await claimed(dataset)).tries, 1);
  });

  test('a failure keeps its reason, and an image that kills its workers is given up', async (context) => {
    const dataset = await season(freshName(context), 2);
    await failImage(store(), await claimed(dataset), 'the file is cut off');
    for (let i = 0; i < 5; i++) {
      await claimed(dataset, 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(await claimImage(store(), { dataset }), undefined);
    assert.deepEqual(
      (await listExtractions(store(), dataset)).map(({ status, error }) => [status, error]),
      [
        ['failed', 'the file is cut off'],
        ['failed', 'given up: the worker died 5 times'],
      ],
    );
  });

  test('registering again keeps done work, retries failures, and redoes work of another recipe', async (context) => {
    const name = freshName(context);
    const dataset = await season(name, 3);
    await writeImage(store(), await claimed(dataset), rowsOf(0, [1, 2, 3], ['B04']));
    await failImage(store(), await claimed(dataset), 'no');
    const again = async (recipe: string, list = images(3, name)) =>
      (await registerImages(store(), { dataset, recipe, images: list })).map(({ status }) => status);
    assert.deepEqual(await again('one'), ['done', 'waiting', 'waiting']);
    assert.deepEqual(await again('two'), ['waiting', 'waiting', 'waiting']);
    assert.equal((await again('two', [...images(3, name), ...images(3, name)])).length, 3);
  });

  test('several that register the same season at once make its partitions once', async (context) => {
    const name = freshName(context);
    const { dataset } = await saveParcels(store(), squareParcels(name, 1));
    const register = () => registerImages(store(), { dataset, recipe: 'one', images: images(60, name) });
    const lists = await Promise.all([register(), register(), register(), register()]);
    assert.deepEqual(
      lists.map((list) => list.map(({ status }) => status).filter((status) => status === 'waiting').length),
      [60, 60, 60, 60],
    );
    const partitions = await store().query(
      `select 1 from pg_inherits where inhparent = to_regclass('furrow.signature_' || $1::int)`,
      [dataset],
    );
    assert.equal(partitions.length, 11);
  });

  test('an image that is dropped later loses its rows and keeps the reason', async (context) => {
    const name = freshName(context);
    const dataset = await season(name, 1);
    await writeImage(store(), await claimed(dataset), rowsOf(0, [1, 2, 3], ['B04']));
    const dropped = images(1, name).map((image) => ({ ...image, dropped: 'processed again since' }));
    const [row] = await registerImages(store(), { dataset, recipe: 'one', images: dropped });
    assert.deepEqual([row?.status, row?.error], ['dropped', 'processed again since']);
    assert.deepEqual(
      await store().query('select 1 from furrow.signature where dataset_id = $1', [dataset]),
      [],
    );
    assert.equal(await claimImage(store(), { dataset }), undefined);
  });
});
