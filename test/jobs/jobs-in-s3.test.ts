import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { FileNotFound } from '../../src/errors.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';
import { inJobRooms, until } from './job-room.ts';
import { meanNdvi } from './sample-graphs.ts';

const alice = { name: 'alice' };

inJobRooms((room) => {
  test('results of jobs lie in object storage where the settings say so', {
    timeout: 60_000,
    skip: versitygw() === undefined ? withoutVersitygw : false,
  }, async () => {
    const before = { ...process.env };
    await using gateway = await startS3Gateway();
    await gateway.makeBucket('results');
    const { endpoint, region, credentials } = gateway.settings;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint.href,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
      FURROW_RESULTS: 's3://results/of/jobs/',
    });
    try {
      const jobs = await room().open();
      const id = await jobs.create(alice, { process: meanNdvi });
      await jobs.start(alice, id);
      await until(jobs, id, 'finished', 'error');
      const place = await jobs.resultFile(alice, id, 'result.tif');
      assert.match(place.address, /^s3:\/\/results\/of\/jobs\/alice\/j-\w+\/r\w+\/result\.tif$/);
      const source = await openSource(place.address, { trust: 'user' });
      const bytes = await source.read({ offset: 0, length: await source.size() });
      assert.equal(createHash('sha256').update(bytes).digest('hex'), place.sha256);
      // The next run removes what the last one left.
      await jobs.start(alice, id);
      await until(jobs, id, 'finished', 'error');
      const again = await jobs.resultFile(alice, id, 'result.tif');
      assert.notEqual(again.address, place.address);
      await assert.rejects(openSource(place.address, { trust: 'user' }), FileNotFound);
      await jobs.remove(alice, id);
      await assert.rejects(openSource(again.address, { trust: 'user' }), FileNotFound);
      await jobs.close();
    } finally {
      process.env = before;
    }
  });
});
