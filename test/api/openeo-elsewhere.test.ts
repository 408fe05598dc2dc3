import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { startPostgres, withoutPostgres } from '../store/scratch-postgres.ts';
import { startFurrow } from '../support/furrow-server.ts';
import { startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';
import { type Json, ndviGraph } from './openeo-room.ts';

const skip = withoutPostgres ?? (versitygw() === undefined && withoutVersitygw);

test('one person alone may have the store in PostgreSQL and the results in S3', { skip }, async () => {
  const data = await mkdtemp(join(tmpdir(), 'furrow-elsewhere-'));
  const postgres = await startPostgres();
  await using s3 = await startS3Gateway();
  try {
    await makeDemoSeason({ folder: join(data, 'demo'), size: 64, dates: 2 });
    await s3.makeBucket('results');
    const { endpoint, credentials, region } = s3.settings;
    await using server = await startFurrow({
      data,
      environment: {
        FURROW_LOG: 'warn',
        FURROW_STORE: postgres.url(await postgres.createDatabase()),
        FURROW_RESULTS: 's3://results/of/jobs',
        FURROW_EGRESS_ALLOW: endpoint.host,
        AWS_ENDPOINT_URL_S3: endpoint.href,
        AWS_REGION: region ?? '',
        AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
        AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
      },
    });
    const api = `${server.url}/openeo/1.2`;
    const call = async (method: string, path: string, body?: object): Promise<Json> => {
      const answer = await fetch(`${api}${path}`, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      assert.ok(answer.ok, `${method} ${path}: ${answer.status}\n${server.log()}`);
      return answer.headers.get('openeo-identifier') ?? (answer.status === 200 ? await answer.json() : '');
    };
    const id = (await call('POST', '/jobs', { process: { process_graph: ndviGraph('GTiff') } })) as string;
    await call('POST', `/jobs/${id}/results`);
    for (let status = ''; status !== 'finished'; await delay(100)) {
      ({ status } = await call('GET', `/jobs/${id}`));
      assert.notEqual(status, 'error', JSON.stringify(await call('GET', `/jobs/${id}/logs`)));
    }
    const { assets } = await call('GET', `/jobs/${id}/results`);
    const [asset] = Object.values(assets) as Json[];
    const part = await fetch(asset.href, { headers: { range: 'bytes=0-1' } });
    assert.deepEqual([part.status, await part.text()], [206, 'II']);
    const whole = await fetch(asset.href);
    assert.equal((await whole.arrayBuffer()).byteLength, asset['file:size']);
    await call('DELETE', `/jobs/${id}`);
    assert.equal((await fetch(asset.href)).status, 404);
  } finally {
    await postgres.stop();
    await rm(data, { recursive: true, force: true });
  }
});
