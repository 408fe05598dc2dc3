import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RasterCube } from '../../src/cube/raster-cube.ts';
import { FileNotFound, InvalidArgument, StorageFailure } from '../../src/errors.ts';
import { saveCube } from '../../src/formats/save.ts';
import { openRaster } from '../../src/raster/open-raster.ts';
import { openSource } from '../../src/storage/open-source.ts';
import { type S3Gateway, startS3Gateway, versitygw, withoutVersitygw } from '../support/s3-gateway.ts';

const cube: RasterCube = {
  dimensions: [{ name: 't', type: 'temporal', labels: ['2022-04', '2022-05'] }],
  x: 'x',
  y: 'y',
  crs: 'EPSG:32632',
  transform: [10, 0, 475780, 0, -10, 5255640],
  width: 3,
  height: 2,
  kind: 'number',
  values: Float32Array.from({ length: 12 }, (_, i) => i / 8),
};

/** The keys travel in the environment of the process, as a kernel has them. */
const variables = ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'FURROW_S3_BUCKETS'];

describe('saving a cube to object storage', { skip: versitygw() === undefined && withoutVersitygw }, () => {
  let gateway: S3Gateway;
  const formerly = new Map(variables.map((name) => [name, process.env[name]]));
  before(async () => {
    gateway = await startS3Gateway();
    await gateway.makeBucket('results');
    const { endpoint, credentials } = gateway.settings;
    process.env.AWS_ENDPOINT_URL_S3 = endpoint.href;
    process.env.AWS_ACCESS_KEY_ID = credentials?.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials?.secretAccessKey;
  });
  after(async () => {
    for (const [name, value] of formerly)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    await gateway?.[Symbol.asyncDispose]();
  });

  test('one object a date below the key that was asked for, each a COG that opens', async () => {
    const places = await saveCube(cube, 's3://results/users/ada b/ndvi #1.tif');
    assert.deepEqual(places, [
      's3://results/users/ada b/ndvi #1_2022-04.tif',
      's3://results/users/ada b/ndvi #1_2022-05.tif',
    ]);
    for (const place of places) {
      const raster = await openRaster(await openSource(place));
      assert.deepEqual([raster.info.width, raster.info.height], [3, 2]);
    }
  });

  test('a key that no URL can carry, and a bucket that is not there, are refused and leave nothing', async () => {
    await assert.rejects(saveCube(cube, 's3://results/users/../ada.tif'), InvalidArgument);
    await assert.rejects(saveCube(cube, 's3://other/ada.tif'), StorageFailure);
    await assert.rejects(openSource('s3://results/ada_2022-04.tif'), FileNotFound);
  });

  test('without an endpoint of their own a bucket that the user did not name gets no keys', async () => {
    const { AWS_ENDPOINT_URL_S3: endpoint } = process.env;
    delete process.env.AWS_ENDPOINT_URL_S3;
    process.env.FURROW_S3_BUCKETS = 'results';
    await assert.rejects(saveCube(cube, 's3://elsewhere/ada.tif'), /FURROW_S3_BUCKETS=elsewhere/);
    process.env.AWS_ENDPOINT_URL_S3 = endpoint;
  });
});
