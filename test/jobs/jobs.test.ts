import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCollection } from '../../src/catalog/open-collection.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { JobLocked, JobNotFinished, JobNotFound, JobNotStarted, NoDataForUpdate } from '../../src/errors.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { inJobRooms, until } from './job-room.ts';
import { longLoop, meanNdvi, three } from './sample-graphs.ts';

const alice = { name: 'alice' };
const bob = { name: 'bob' };

inJobRooms((room) => {
  test('a job is created, started, finished, and its results are whole', { timeout: 60_000 }, async () => {
    const jobs = await room().open();
    const id = await jobs.create(alice, { process: meanNdvi, title: 'NDVI' });
    assert.match(id, /^[\w.~-]+$/);
    const made = await jobs.get(alice, id);
    assert.equal(made.status, 'created');
    assert.equal(made.title, 'NDVI');
    assert.deepEqual(made.process, meanNdvi);
    await assert.rejects(jobs.results(alice, id), JobNotStarted);
    await jobs.start(alice, id);
    assert.equal(
      await until(jobs, id, 'finished', 'error'),
      'finished',
      JSON.stringify(await jobs.logs(alice, id)),
    );
    const done = await jobs.get(alice, id);
    assert.equal(done.progress, 100);
    assert.ok((done.usage?.cpu.value ?? 0) > 0);
    assert.ok((done.usage?.memory.value ?? 0) > 0);
    const outcome = await jobs.results(alice, id);
    assert.ok(outcome.kind === 'finished');
    const { files, bbox, projection, interval, derivedFrom } = outcome.results;
    assert.deepEqual(
      files.map(({ name }) => name),
      ['result.tif'],
    );
    assert.equal(projection?.code, 'EPSG:32632');
    assert.ok(bbox !== undefined && bbox[0] > 11 && bbox[2] < 13);
    assert.equal(interval?.[0].slice(0, 4), '2026');
    const season = await openCollection(room().config.collections.get('season') ?? '');
    const optical = (await season.items()).filter(({ bands }) => bands.some(({ name }) => name === 'B04'));
    assert.deepEqual(
      derivedFrom.map(({ item }) => item).sort(),
      optical.map((item) => item.id).sort(),
      'the images with the bands that were asked for, and no others',
    );
    const place = await jobs.resultFile(alice, id, 'result.tif');
    const bytes = await readFile(place.address);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), place.sha256);
    assert.equal(bytes.length, place.bytes);
    const { info } = await openRasterAt(place.address);
    assert.deepEqual([info.height, info.width], projection?.shape);
    const lines = await jobs.logs(alice, id);
    assert.ok(lines.some(({ message }) => /started/.test(message)));
    assert.ok(lines.some(({ message }) => /finished/.test(message)));
    const [first] = lines;
    assert.ok(first);
    assert.equal((await jobs.logs(alice, id, { offset: first.id })).length, lines.length - 1);
    await jobs.remove(alice, id);
    await assert.rejects(jobs.get(alice, id), JobNotFound);
    await assert.rejects(readFile(place.address), { code: 'ENOENT' });
  });

  test('plain values are a JSON file; a failed graph tells why', { timeout: 60_000 }, async () => {
    const jobs = await room().open();
    const sum = await jobs.create(alice, { process: three });
    const wrong = await jobs.create(alice, {
      process: { process_graph: { sum: { process_id: 'add', arguments: { x: 1 }, result: true } } },
    });
    await jobs.start(alice, sum);
    await jobs.start(alice, wrong);
    await until(jobs, sum, 'finished');
    const { address } = await jobs.resultFile(alice, sum, 'result.json');
    assert.equal(await readFile(address, 'utf8'), '3');
    await until(jobs, wrong, 'error');
    const outcome = await jobs.results(alice, wrong);
    assert.ok(outcome.kind === 'error');
    assert.equal(outcome.entry.code, 'ProcessParameterRequired');
    assert.match(outcome.entry.message, /'y'/);
  });

  test('the log names images that cannot be read, also where nothing is left to compute from', {
    timeout: 60_000,
  }, async () => {
    const folder = join(room().folder, 'broken');
    const { collection } = await makeDemoSeason({ folder, size: 64, dates: 1 });
    for (const name of await readdir(folder))
      if (name.startsWith('S2')) await writeFile(join(folder, name, 'item.json'), '{');
    const { config } = room();
    const jobs = await room().open({ config: { ...config, collections: new Map([['season', collection]]) } });
    const id = await jobs.create(alice, { process: meanNdvi });
    await jobs.start(alice, id);
    await until(jobs, id, 'error');
    const [warning] = await jobs.logs(alice, id, { level: 'warning' });
    assert.match(warning?.message ?? '', /^an image of season cannot be read and is left out: /);
    await jobs.remove(alice, id);
  });

  test('what is allowed in which state', { timeout: 60_000 }, async () => {
    const jobs = await room().open();
    const id = await jobs.create(alice, { process: longLoop(9_000) });
    await assert.rejects(jobs.change(alice, id, {}), NoDataForUpdate);
    await jobs.change(alice, id, { title: 'long', description: 'a loop' });
    assert.equal((await jobs.get(alice, id)).title, 'long');
    await jobs.cancel(alice, id);
    assert.equal((await jobs.get(alice, id)).status, 'created', 'nothing was to be cancelled');
    await jobs.start(alice, id);
    await jobs.start(alice, id);
    await until(jobs, id, 'running');
    await assert.rejects(jobs.change(alice, id, { title: 'other' }), JobLocked);
    await assert.rejects(jobs.results(alice, id), JobNotFinished);
    const before = performance.now();
    await jobs.cancel(alice, id);
    assert.ok(performance.now() - before < 2_000);
    const { status, progress } = await jobs.get(alice, id);
    assert.deepEqual([status, progress], ['created', 0], 'as the API says of jobs without partial results');
    assert.ok((await jobs.logs(alice, id)).some(({ message }) => message === 'cancelled'));
    await assert.rejects(jobs.results(alice, id), JobNotStarted);
    await jobs.change(alice, id, { process: three });
    await jobs.start(alice, id);
    await until(jobs, id, 'finished');
    await jobs.remove(alice, id);
  });

  test('the role of a kernel has no right on jobs, their logs and services', async (context) => {
    if (room().store.kind === 'embedded') return context.skip('the embedded store has one person');
    for (const table of ['job', 'job_log', 'service'])
      for (const right of ['select', 'insert', 'update', 'delete']) {
        const [row] = await room().store.query<{ may: boolean }>(
          `select has_table_privilege('furrow_user', $1, $2) or has_any_column_privilege('furrow_user', $1,
            case $2 when 'delete' then 'select' else $2 end) as may`,
          [`furrow.${table}`, right],
        );
        assert.equal(row?.may, false, `${right} on ${table}`);
      }
  });

  test('the job of one is nowhere for another', { timeout: 60_000 }, async (context) => {
    if (room().store.kind === 'embedded') return context.skip('the embedded store has one person');
    const jobs = await room().open();
    const id = await jobs.create(alice, { process: three });
    const attempts = [
      () => jobs.get(bob, id),
      () => jobs.change(bob, id, { title: 'mine' }),
      () => jobs.start(bob, id),
      () => jobs.cancel(bob, id),
      () => jobs.logs(bob, id),
      () => jobs.results(bob, id),
      () => jobs.resultFile(bob, id, 'result.json'),
      () => jobs.remove(bob, id),
      () => jobs.watch(bob, id).next(),
    ];
    for (const attempt of attempts) await assert.rejects(attempt, JobNotFound);
    assert.ok((await jobs.list(bob)).jobs.every((job) => job.id !== id));
    assert.ok((await jobs.list(alice)).jobs.some((job) => job.id === id));
    await jobs.remove(alice, id);
  });
});
