import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument, Unsupported } from '../../src/errors.ts';
import { pathOf, resolveHref, schemeOf, splitS3 } from '../../src/storage/address.ts';

test('hrefs are joined in the scheme of their document', () => {
  const cases: readonly (readonly [base: string, href: string, expected: string])[] = [
    ['/data/season/collection.json', './2026/item.json', '/data/season/2026/item.json'],
    ['/data/season/item/item.json', '../B 04#1.tif', '/data/season/B 04#1.tif'],
    ['/data/item.json', '/elsewhere/B04.tif', '/elsewhere/B04.tif'],
    ['file:///data/a%20b/item.json', 'B04.tif', '/data/a b/B04.tif'],
    ['/data/item.json', 'https://host/B04.tif', 'https://host/B04.tif'],
    ['https://host/stac/item.json?token=1', '../B04.tif', 'https://host/B04.tif'],
    ['https://host/stac/item.json', '/B04.tif', 'https://host/B04.tif'],
    ['https://host/stac/item.json', 's3://bucket/B04.tif', 's3://bucket/B04.tif'],
    ['s3://bucket/a/item.json', '../b/B 04%.tif', 's3://bucket/b/B 04%.tif'],
    ['s3://bucket/a/item.json', '/B04.tif', 's3://bucket/B04.tif'],
  ];
  for (const [base, href, expected] of cases)
    assert.equal(resolveHref(base, href), expected, `${base} + ${href}`);
});

test('a remote document cannot name a local file, nor leave its bucket', () => {
  assert.throws(() => resolveHref('https://host/item.json', 'file:///etc/passwd'), InvalidArgument);
  assert.throws(() => resolveHref('s3://bucket/a/item.json', '../../x.tif'), InvalidArgument);
  assert.equal(resolveHref('https://host/item.json', '/etc/passwd'), 'https://host/etc/passwd');
});

test('schemes without a back end are refused by name', () => {
  assert.throws(
    () => schemeOf('ftp://host/x'),
    (error) => error instanceof Unsupported && /ftp/.test(error.message),
  );
  assert.equal(schemeOf('C:/data'), 'file');
  assert.throws(() => pathOf('file://other-host/x'), InvalidArgument);
  assert.throws(() => pathOf('/a\0b'), InvalidArgument);
  assert.deepEqual(splitS3('s3://bucket/a/b c'), { bucket: 'bucket', key: 'a/b c' });
  assert.throws(() => splitS3('s3:///key'), InvalidArgument);
});
