import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgument, Unsupported } from '../../src/errors.ts';
import { resolveHref, schemeOf, storeOf } from '../../src/storage/address.ts';
import { archiveAddress } from '../../src/storage/archive-address.ts';

for (const [address, kind, archive, member] of [
  ['zip+https://host/a.zip!/b c/x#1.tif', 'zip', 'https://host/a.zip', 'b c/x#1.tif'],
  ['zip+s3://bucket/a.zip!/x.tif', 'zip', 's3://bucket/a.zip', 'x.tif'],
  ['tar+file:///data/a%20b.tar!/x.tif', 'tar', 'file:///data/a%20b.tar', 'x.tif'],
  ['zip:///data/a.zip!/x.tif', 'zip', '/data/a.zip', 'x.tif'],
  ['zip+https://host/a.zip', 'zip', 'https://host/a.zip', undefined],
  ['/vsizip//data/a.zip/x/y.tif', 'zip', '/data/a.zip', 'x/y.tif'],
  ['/vsizip/a.zip', 'zip', 'a.zip', undefined],
  ['/vsizip/{/data/a.SAFE}/x.tif', 'zip', '/data/a.SAFE', 'x.tif'],
  ['/vsizip/{/vsicurl/https://host/a?b=1}/x.tif', 'zip', 'https://host/a?b=1', 'x.tif'],
  ['/vsitar//vsis3/bucket/a.tar/x.tif', 'tar', 's3://bucket/a.tar', 'x.tif'],
] as const)
  test(`${address} is a member of ${archive}`, () => {
    assert.deepEqual(archiveAddress(address), { kind, archive, member });
    assert.equal(schemeOf(address), kind);
    assert.equal(storeOf(address), /^(https|s3)/.exec(archive)?.[0] ?? 'file');
  });

test('other addresses are none, and what is meant but not read is refused', () => {
  for (const address of ['/data/a.zip', 'https://host/a.zip', 's3://b/zip', 'C:\\a.zip'])
    assert.equal(archiveAddress(address), undefined, address);
  assert.throws(() => archiveAddress('/vsizip/data/archive/x.tif'), InvalidArgument);
  assert.throws(() => archiveAddress('zip+file://'), InvalidArgument);
  assert.throws(() => archiveAddress('zip+zip+file:///a.zip!/b.zip!/x'), Unsupported);
  assert.throws(() => archiveAddress('/vsizip//vsigs/bucket/a.zip/x.tif'), Unsupported);
  assert.throws(() => schemeOf('zip+ftp://host/a.zip!/x') && storeOf('zip+ftp://host/a.zip!/x'), Unsupported);
});

test('an href resolves inside the archive, does not leave it, and a remote document names no local archive', () => {
  const base = 'zip+https://host/a.zip!/season/item.json';
  assert.equal(resolveHref(base, './B 04.tif'), 'zip+https://host/a.zip!/season/B 04.tif');
  assert.equal(resolveHref(base, '/B04.tif'), 'zip+https://host/a.zip!/B04.tif');
  assert.throws(() => resolveHref(base, '../../x.tif'), InvalidArgument);
  const inside = '/vsizip//vsicurl/https://host/b.zip/x.tif';
  assert.equal(resolveHref('https://host/item.json', inside), inside);
  for (const href of ['/vsizip//etc/a.zip/x', 'zip+file:///etc/a.zip!/x', 'tar:///etc/a.tar!/x', 'file:///x'])
    for (const document of ['https://host/item.json', 's3://b/item.json', base])
      assert.throws(() => resolveHref(document, href), InvalidArgument, `${document} ${href}`);
  assert.equal(resolveHref('/data/item.json', 'zip+file:///data/a.zip!/x'), 'zip+file:///data/a.zip!/x');
});
