import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DatasetAmbiguous,
  DatasetNotFound,
  FurrowError,
  PermissionsInsufficient,
  StoreFailure,
} from '../../src/errors.ts';
import { claimImage } from '../../src/store/claims.ts';
import { datasetNamed } from '../../src/store/dataset-named.ts';
import { findDataset, listDatasets, removeDataset } from '../../src/store/datasets.ts';
import { registerImages } from '../../src/store/images.ts';
import { loadParcels } from '../../src/store/load-parcels.ts';
import { placeDataset } from '../../src/store/place-dataset.ts';
import { openPostgresStore } from '../../src/store/postgres-store.ts';
import { saveParcels } from '../../src/store/save-parcels.ts';
import type { Store } from '../../src/store/store.ts';
import { storeFor } from '../../src/store/store-for.ts';
import { writeImage } from '../../src/store/write-signatures.ts';
import { freshName, onBothBackends } from './backends.ts';
import { images, rowsOf, squareParcels } from './sample-season.ts';
import { type ScratchPostgres, startPostgres, withoutPostgres } from './scratch-postgres.ts';

const people = ['ann', 'ben', 'cem', 'dora'] as const;

describe('names of datasets', { skip: withoutPostgres ?? false }, () => {
  let postgres: ScratchPostgres;
  let database: string;
  let service: Store;
  let superuser: Store;
  const as = (name: string): Store => storeFor(service, name);

  before(async () => {
    postgres = await startPostgres();
    database = await postgres.createDatabase();
    superuser = await openPostgresStore(postgres.url(database));
    await postgres.psql(
      database,
      'alter role furrow_service login',
      ...people.map((role) => `create role ${role} login in role furrow_user`),
    );
    service = await openPostgresStore(postgres.url(database, 'furrow_service'));
  });
  after(async () => {
    await Promise.all([service, superuser].map((store) => store?.close()));
    await postgres?.stop();
  });

  const grant = (owner: string, dataset: number, role: string, access = 'read') =>
    as(owner).query('insert into furrow.grants (dataset_id, role, access) values ($1, $2, $3)', [
      dataset,
      role,
      access,
    ]);
  const sizes = async (name: string) =>
    Object.fromEntries((await listDatasets(as(name))).map((one) => [one.name, one.parcels]));
  async function messageOf(refused: Promise<unknown>): Promise<string> {
    const error = await refused.then(
      () => assert.fail('nothing was refused'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof FurrowError);
    return `${error.code} ${error.message}`;
  }

  test('what a stranger calls a dataset can be the name of another, and each has the own', async () => {
    const anns = await saveParcels(as('ann'), squareParcels('mine', 3));
    const bens = await saveParcels(as('ben'), squareParcels('mine', 2));
    assert.notEqual(anns.dataset, bens.dataset);
    for (const [name, { dataset }, parcels] of [
      ['ann', anns, 3],
      ['ben', bens, 2],
    ] as const) {
      for (const asked of ['mine', `${name}/mine`]) {
        assert.equal((await datasetNamed(as(name), asked)).id, dataset);
        assert.equal((await findDataset(as(name), asked)).parcels, parcels);
        const loaded = await loadParcels(as(name), asked);
        assert.deepEqual([loaded.name, loaded.parcels.length], ['mine', parcels]);
      }
      assert.deepEqual(await sizes(name), { mine: parcels });
    }
    assert.deepEqual(await saveParcels(as('ben'), squareParcels('ben/mine', 2)), {
      dataset: bens.dataset,
      parcels: 2,
      changed: false,
    });
  });

  test('no answer tells whether an invisible dataset of that name is there', async () => {
    for (const asked of ['mine', 'ann/mine', 'ann/none']) {
      const there = await messageOf(datasetNamed(as('cem'), asked));
      const notThere = await messageOf(
        datasetNamed(as('cem'), asked.replace('mine', 'gone').replace('none', 'gone')),
      );
      assert.equal(there.replace(/mine|none/, 'gone'), notThere);
    }
    const asks = [datasetNamed, findDataset, removeDataset, loadParcels] as const;
    for (const ask of asks)
      assert.equal(
        await messageOf(ask(as('cem'), 'ann/mine')),
        (await messageOf(ask(as('cem'), 'ann/gone'))).replace('gone', 'mine'),
      );
    assert.equal(
      await messageOf(placeDataset(as('cem'), 'ann/mine', { year: 2026 })),
      (await messageOf(placeDataset(as('cem'), 'ann/gone', { year: 2026 }))).replace('gone', 'mine'),
    );
    assert.equal(
      await messageOf(saveParcels(as('cem'), squareParcels('ann/mine', 1))),
      (await messageOf(saveParcels(as('cem'), squareParcels('ann/gone', 1)))).replace('gone', 'mine'),
    );
  });

  test('the only one that is seen needs no owner, several do, and the own one comes before them', async () => {
    const { id: anns } = await datasetNamed(as('ann'), 'mine');
    const { id: bens } = await datasetNamed(as('ben'), 'mine');
    await grant('ann', anns, 'public');
    assert.deepEqual(await sizes('cem'), { mine: 3 });
    assert.equal((await datasetNamed(as('cem'), 'mine')).id, anns);
    assert.equal((await loadParcels(as('cem'), 'mine')).name, 'ann/mine');
    assert.deepEqual(await sizes('ben'), { mine: 2, 'ann/mine': 3 });
    assert.equal((await datasetNamed(as('ben'), 'mine')).id, bens);

    await grant('ben', bens, 'cem');
    assert.deepEqual(await sizes('cem'), { 'ann/mine': 3, 'ben/mine': 2 });
    for (const ask of [datasetNamed, findDataset])
      await assert.rejects(ask(as('cem'), 'mine'), (error) => {
        assert.ok(error instanceof DatasetAmbiguous);
        return error.message.includes('(ann/mine, ben/mine)');
      });
    assert.equal((await datasetNamed(as('cem'), 'ben/mine')).id, bens);

    const { dataset } = await saveParcels(as('cem'), squareParcels('mine', 1));
    assert.equal((await datasetNamed(as('cem'), 'mine')).id, dataset);
    assert.deepEqual(await sizes('cem'), { 'ann/mine': 3, 'ben/mine': 2, mine: 1 });
    assert.deepEqual(await sizes('dora'), { mine: 3 });
    await removeDataset(as('cem'), 'mine');
    assert.deepEqual(await sizes('cem'), { 'ann/mine': 3, 'ben/mine': 2 });
    assert.deepEqual(await sizes('ann'), { mine: 3 });
  });

  test('the service itself sees all, by plain names while one has them', async () => {
    await saveParcels(as('dora'), squareParcels('doras', 4));
    assert.equal((await findDataset(service, 'doras')).owner, 'dora');
    for (const store of [service, superuser]) {
      assert.equal((await findDataset(store, 'doras')).parcels, 4);
      assert.equal((await findDataset(store, 'ann/mine')).parcels, 3);
      await assert.rejects(findDataset(store, 'mine'), DatasetAmbiguous);
    }
  });

  test('what belongs to others is written by OWNER/NAME alone, and never by a name that may be meant for a new one', async () => {
    const { id } = await datasetNamed(as('dora'), 'doras');
    await grant('dora', id, 'ben', 'write');
    const refusal = await messageOf(saveParcels(as('ben'), squareParcels('doras', 1)));
    assert.match(refusal, /DatasetAmbiguous .*\(ben\/doras, dora\/doras\)/);
    assert.equal((await datasetNamed(as('ben'), 'doras')).id, id);
    assert.equal((await saveParcels(as('ben'), squareParcels('dora/doras', 5))).dataset, id);
    assert.deepEqual(await sizes('dora'), { doras: 5, mine: 3 });

    const own = await saveParcels(as('ben'), squareParcels('ben/doras', 1));
    assert.notEqual(own.dataset, id);
    assert.equal((await saveParcels(as('ben'), squareParcels('doras', 2))).dataset, own.dataset);
    assert.equal((await findDataset(as('dora'), 'doras')).parcels, 5);
  });

  test('parcels that were read from a dataset of somebody else are saved to that one or not at all', async () => {
    const doras = await loadParcels(as('ben'), 'dora/doras');
    const { dataset } = await saveParcels(as('ben'), { ...doras, parcels: doras.parcels.slice(0, 3) });
    assert.equal((await datasetNamed(as('dora'), 'doras')).id, dataset);
    assert.equal((await findDataset(as('dora'), 'doras')).parcels, 3);
    const anns = await loadParcels(as('cem'), 'ann/mine');
    await assert.rejects(saveParcels(as('cem'), anns), PermissionsInsufficient);
    await saveParcels(as('dora'), squareParcels('doras', 5));
  });

  test('who may only read gets a new one under the plain name, and is refused under OWNER/NAME', async () => {
    await assert.rejects(
      saveParcels(as('cem'), squareParcels('ann/mine', 1)),
      (error) => error instanceof PermissionsInsufficient && /save yours as 'mine'/.test(error.message),
    );
    await assert.rejects(placeDataset(as('cem'), 'ann/mine', { year: 2026 }), PermissionsInsufficient);
    const { dataset } = await saveParcels(as('dora'), squareParcels('mine', 1));
    assert.equal((await findDataset(as('dora'), 'mine')).id, dataset);
    assert.equal((await findDataset(as('ann'), 'mine')).parcels, 3);
  });

  test('who may write a dataset removes neither it nor its signatures', async () => {
    const { id } = await datasetNamed(as('dora'), 'doras');
    await registerImages(as('dora'), { dataset: id, recipe: 'one', images: images(1) });
    const claim = (await claimImage(as('dora'), { dataset: id })) ?? assert.fail();
    await writeImage(as('dora'), claim, rowsOf(0, [1, 2], ['B04']));
    await assert.rejects(removeDataset(as('ben'), 'dora/doras'), PermissionsInsufficient);
    assert.deepEqual(await as('dora').query('select count(*) as n from furrow.signature'), [{ n: 2 }]);
  });

  test('a new name has no slash, and only its owner renames a dataset', async () => {
    for (const name of ['a/b', 'dora/', '/', 'ann/new', 'ben/a/b', 'ben/'])
      await assert.rejects(saveParcels(as('ben'), squareParcels(name, 1)), DatasetNotFound, name);
    for (const store of [as('ben'), superuser])
      await assert.rejects(
        store.query(`insert into furrow.dataset (name) values ('dora/new')`),
        StoreFailure,
      );
    await assert.rejects(
      as('ben').query(`update furrow.dataset set name = 'mine' where owner = 'dora'`),
      /renamed by its owner alone/,
    );
    await assert.rejects(
      as('ben').query(`update furrow.dataset set name = 'a/b' where owner = 'ben'`),
      StoreFailure,
    );
  });

  test('an older name with a slash stays, means the own dataset first, and takes no place of another', async () => {
    // As a store has them that is older than the trigger.
    const old = (owner: string, name: string) =>
      postgres.psql(
        database,
        'set session_replication_role = replica',
        `insert into furrow.dataset (name, owner) values ('${name}', '${owner}')`,
      );
    await old('ben', 'north/2025');
    const { dataset } = await saveParcels(as('ben'), squareParcels('north/2025', 2));
    assert.equal((await findDataset(as('ben'), 'north/2025')).id, dataset);
    assert.equal((await sizes('ben'))['north/2025'], 2);

    await old('ben', 'dora/squares');
    const bens = await saveParcels(as('ben'), squareParcels('dora/squares', 1));
    await grant('ben', bens.dataset, 'public');
    const { dataset: doras } = await saveParcels(as('dora'), squareParcels('squares', 2));
    await grant('dora', doras, 'public');
    assert.equal((await findDataset(as('cem'), 'dora/squares')).id, doras);
    assert.equal((await findDataset(as('cem'), 'ben/dora/squares')).id, bens.dataset);
    assert.equal((await findDataset(as('ben'), 'dora/squares')).id, bens.dataset);
    const listed = await sizes('cem');
    assert.deepEqual([listed.squares, listed['ben/dora/squares']], [2, 1]);
  });
});

onBothBackends((store) => {
  test('a store of one person knows its datasets by plain names', async (context) => {
    const name = freshName(context);
    await saveParcels(store(), squareParcels(name, 2));
    const { owner } = await findDataset(store(), name);
    assert.equal((await datasetNamed(store(), `${owner}/${name}`)).name, name);
    assert.ok((await listDatasets(store())).some((one) => one.name === name));
  });
});
