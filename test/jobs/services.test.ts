import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  NoDataForUpdate,
  ServiceConfigInvalid,
  ServiceConfigUnsupported,
  ServiceNotFound,
  ServiceUnsupported,
} from '../../src/errors.ts';
import {
  changeService,
  createService,
  getService,
  listServices,
  removeService,
} from '../../src/jobs/services.ts';
import { inJobRooms } from './job-room.ts';
import { meanNdvi, three } from './sample-graphs.ts';

const alice = { name: 'alice' };
const bob = { name: 'bob' };

inJobRooms((room) => {
  const store = () => room().store;

  test('a service is made, listed, changed and removed', async () => {
    const id = await createService(store(), alice, {
      type: 'XYZ',
      process: meanNdvi,
      title: 'NDVI',
      configuration: { min: 0, max: 1 },
    });
    const made = await getService(store(), alice, id);
    assert.deepEqual(made.process, meanNdvi);
    assert.deepEqual(made.configuration, { min: 0, max: 1 });
    assert.equal(made.enabled, true);
    assert.ok((await listServices(store(), alice)).some((service) => service.id === id));
    await assert.rejects(changeService(store(), alice, id, {}), NoDataForUpdate);
    await changeService(store(), alice, id, { title: null, enabled: false, process: three });
    const changed = await getService(store(), alice, id);
    assert.equal(changed.title, undefined);
    assert.equal(changed.enabled, false);
    assert.deepEqual(changed.process, three);
    if (store().kind === 'postgres') {
      await assert.rejects(getService(store(), bob, id), ServiceNotFound);
      await assert.rejects(changeService(store(), bob, id, { title: 'mine' }), ServiceNotFound);
      await assert.rejects(removeService(store(), bob, id), ServiceNotFound);
      assert.deepEqual(await listServices(store(), bob), []);
    }
    await removeService(store(), alice, id);
    await assert.rejects(getService(store(), alice, id), ServiceNotFound);
    await assert.rejects(removeService(store(), alice, id), ServiceNotFound);
  });

  test('other types and settings than those there are, are refused by name', async () => {
    const make = (type: string, configuration: Record<string, string | number>) =>
      createService(store(), alice, { type, process: three, configuration });
    await assert.rejects(make('WMS', {}), ServiceUnsupported);
    await assert.rejects(make('xyz', { palette: 'x' }), ServiceConfigUnsupported);
    await assert.rejects(make('xyz', { min: 1 }), ServiceConfigInvalid);
    await assert.rejects(make('xyz', { min: 1, max: 0 }), ServiceConfigInvalid);
    await assert.rejects(make('xyz', { colors: 'no such map' }), ServiceConfigInvalid);
    await assert.rejects(make('xyz', { tile_size: 300 }), ServiceConfigInvalid);
  });
});
