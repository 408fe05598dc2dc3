import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EgressRefused, InvalidArgument } from '../../src/errors.ts';
import { checkEgress, isAllowedHost, isPublicAddress } from '../../src/storage/egress.ts';

test('only addresses of the public Internet count as public', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '2606:4700::1111'])
    assert.ok(isPublicAddress(address), address);
  const closed = [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
  ];
  closed.push(
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
  );
  closed.push('2002:7f00:1::', '2001:db8::1', 'ff02::1', 'localhost', '');
  for (const address of closed) assert.ok(!isPublicAddress(address), address);
});

test('other schemes, credentials in the address and odd spellings of private addresses are refused', () => {
  for (const address of [
    'ftp://8.8.8.8/',
    'http://me:secret@8.8.8.8/',
    'http://127.1/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:7f00:1]/',
  ])
    assert.throws(() => checkEgress(new URL(address)), EgressRefused, address);
  checkEgress(new URL('https://example.org/'));
});

test('FURROW_EGRESS_ALLOW names a host with its port', () => {
  process.env.FURROW_EGRESS_ALLOW = ' 10.0.0.1:9000, minio:9000';
  try {
    assert.ok(isAllowedHost(new URL('http://10.0.0.1:9000/x')));
    assert.ok(isAllowedHost(new URL('http://MINIO:9000/x')));
    assert.ok(!isAllowedHost(new URL('http://10.0.0.1/x')));
    process.env.FURROW_EGRESS_ALLOW = 'minio';
    assert.throws(() => isAllowedHost(new URL('http://minio/')), InvalidArgument);
  } finally {
    delete process.env.FURROW_EGRESS_ALLOW;
  }
});
