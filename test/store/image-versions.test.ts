import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeaseLost, NoData } from '../../src/errors.ts';
import {
  type Claim,
  claimImage,
  failImage,
  findClaim,
  openImages,
  renewLease,
  wasFinished,
} from '../../src/store/claims.ts';
import {
  doneExtractions,
  type ImageRecord,
  listExtractions,
  type RegisterOptions,
  registerImages,
} from '../../src/store/images.ts';
import { retryImages } from '../../src/store/retry-images.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { freshName, onBothBackends } from './backends.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';

onBothBackends((store) => {
  /** A dataset with images that are all done, and a way to register them again otherwise. */
  async function doneSeason(name: string, count: number, change: Partial<ImageRecord> = {}) {
    const { dataset } = await saveParcels(store(), squareParcels(name, 2));
    const again = async (changed: Partial<ImageRecord> = {}, options: Partial<RegisterOptions> = {}) => {
      const list = images(count, name).map((image) => ({ ...image, ...change, ...changed }));
      const states = await registerImages(store(), { dataset, recipe: 'one', images: list, ...options });
      return states.map(({ status }) => status);
    };
    await again();
    for (
      let claim = await claimImage(store(), { dataset });
      claim;
      claim = await claimImage(store(), { dataset })
    )
      await writeImage(store(), claim, rowsOf(1, [1, 2], ['B04']));
    return { dataset, again };
  }

  async function claimed(dataset: number): Promise<Claim> {
    const claim = await claimImage(store(), { dataset });
    assert.ok(claim);
    return claim;
  }

  test('a changed version or changed files are extracted again, and the same ones are not', async (context) => {
    const { again } = await doneSeason(freshName(context), 2, { version: 'v1', files: 'f1' });
    assert.deepEqual(await again(), ['done', 'done']);
    assert.deepEqual(await again({ files: undefined }), ['done', 'done']);
    assert.deepEqual(await again({ files: 'f2' }), ['waiting', 'waiting']);
    const other = await doneSeason(freshName(context), 1, { version: 'v1' });
    assert.deepEqual(await other.again({ files: 'f1' }), ['done']);
    assert.deepEqual(await other.again({ version: 'v2' }), ['waiting']);
  });

  test('work of an older store, whose version nobody noted, stays done and gets one', async (context) => {
    const name = freshName(context);
    const { dataset, again } = await doneSeason(name, 1);
    assert.deepEqual(await again({ version: 'v1', files: 'f1' }), ['done']);
    const known = await doneExtractions(store(), { dataset, collection: name, recipe: 'one' });
    assert.deepEqual([...known], [['image-0', { version: 'v1', files: 'f1' }]]);
    assert.deepEqual(await again({ version: 'v2' }), ['waiting']);
  });

  test('a choice is noted without doing anything again', async (context) => {
    const { dataset, again } = await doneSeason(freshName(context), 1);
    assert.deepEqual(await again({ choice: 'the only one' }), ['done']);
    assert.equal((await listExtractions(store(), dataset))[0]?.choice, 'the only one');
  });

  test('failed images wait again as they are asked to', async (context) => {
    const name = freshName(context);
    const { dataset } = await saveParcels(store(), squareParcels(name, 1));
    const register = (retry?: RegisterOptions['retry']) =>
      registerImages(store(), { dataset, recipe: 'one', images: images(2, name), retry });
    const fail = async () => {
      await register();
      await failImage(store(), await claimed(dataset), 'StorageFailure: no answer');
      await failImage(store(), await claimed(dataset), 'BandNotFound: no such band');
    };
    const states = async (retry: RegisterOptions['retry']) => {
      await fail();
      return (await register(retry)).map(({ status }) => status);
    };
    assert.deepEqual(await states('none'), ['failed', 'failed']);
    assert.deepEqual(await states('storage'), ['waiting', 'failed']);
    assert.deepEqual(await states('all'), ['waiting', 'waiting']);
  });

  test('a claim is only made for the recipe that is asked for', async (context) => {
    const name = freshName(context);
    const { dataset } = await saveParcels(store(), squareParcels(name, 1));
    await registerImages(store(), { dataset, recipe: 'one', images: images(1, name) });
    assert.equal(await claimImage(store(), { dataset, recipe: 'two' }), undefined);
    assert.equal(await openImages(store(), { dataset, recipe: 'two' }), 0);
    assert.equal(await openImages(store(), { dataset, recipe: 'one' }), 1);
    assert.ok(await claimImage(store(), { dataset, recipe: 'one' }));
  });

  test('what became of a claim or a commit without an answer is found by its token', async (context) => {
    const { dataset, again } = await doneSeason(freshName(context), 1);
    await again({}, { recipe: 'two' });
    const token = '0b8f9a52-5c1f-4a77-9a0e-0d4a3f7c1a11';
    assert.equal(await findClaim(store(), dataset, token), undefined);
    const claim = await claimImage(store(), { dataset, token });
    assert.ok(claim);
    assert.deepEqual(await findClaim(store(), dataset, token), claim);
    assert.equal(await wasFinished(store(), claim), false);
    await writeImage(store(), claim, rowsOf(1, [1], ['B04']));
    assert.equal(await wasFinished(store(), claim), true);
    assert.equal(await findClaim(store(), dataset, token), undefined);
    assert.equal(
      await wasFinished(store(), { ...claim, token: '1b8f9a52-5c1f-4a77-9a0e-0d4a3f7c1a11' }),
      false,
    );
  });

  test('a retry takes what failed, or what is named, from whoever works on it', async (context) => {
    const name = freshName(context);
    const { dataset, again } = await doneSeason(name, 3);
    await again({}, { recipe: 'two' });
    await failImage(store(), await claimed(dataset), 'no');
    const held = await claimed(dataset);
    assert.deepEqual(await retryImages(store(), { dataset }), ['image-0']);
    assert.deepEqual(await retryImages(store(), { dataset }), []);
    assert.deepEqual(await retryImages(store(), { dataset, references: [held.reference] }), ['image-1']);
    await assert.rejects(renewLease(store(), held), LeaseLost);
    await assert.rejects(retryImages(store(), { dataset, references: ['image-9'] }), NoData);
    await again({ dropped: 'another is newer' });
    await assert.rejects(
      retryImages(store(), { dataset, references: ['image-0'] }),
      /'image-0' is not used: another is newer/,
    );
  });
});
