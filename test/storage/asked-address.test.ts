import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { EgressRefused } from '../../src/errors.ts';
import { checkAskedAddress } from '../../src/storage/asked-address.ts';
import {
  allowBucket,
  forAsker,
  isAllowedBucket,
  isAllowedHost,
  publicLookup,
} from '../../src/storage/egress.ts';
import { get } from '../../src/storage/http-request.ts';
import { openSource } from '../../src/storage/open-source.ts';

const names = new Map<string, string[][]>();
const asked: string[] = [];
const { lookup } = dns;
let hits = 0;
const inside = createServer((_request, answer) => {
  hits += 1;
  answer.end('inside');
});
let port = 0;

/** A resolver in the hands of an attacker: every question to it may have another answer. */
const hostile = (
  name: string,
  options: dns.LookupAllOptions,
  callback: Parameters<typeof publicLookup>[2],
) => {
  const answers = names.get(name);
  if (answers === undefined) return lookup(name, options, callback);
  asked.push(name);
  const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
  process.nextTick(() =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    ),
  );
};

before(async () => {
  inside.listen(0, '127.0.0.1');
  await once(inside, 'listening');
  port = (inside.address() as AddressInfo).port;
  Object.assign(dns, { lookup: hostile });
  syncBuiltinESMExports();
});
after(() => {
  Object.assign(dns, { lookup });
  syncBuiltinESMExports();
  inside.close();
});

const lookedUp = (name: string) =>
  new Promise<unknown>((resolve) =>
    publicLookup(name, { all: true }, (error, addresses) => resolve(error ?? addresses)),
  );

test('a name with one private address among public ones is refused, in every notation of private', async () => {
  for (const address of [
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '::1',
    '::ffff:127.0.0.1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::7f00:1',
  ]) {
    names.set('mixed.example', [['8.8.8.8', address]]);
    assert.ok((await lookedUp('mixed.example')) instanceof EgressRefused, address);
  }
  assert.ok((await lookedUp('localhost')) instanceof EgressRefused);
});

test('a name that is resolved anew to another address gains nothing: the connection takes what was checked', async () => {
  names.set('rebinding.example', [['127.0.0.1'], ['8.8.8.8'], ['127.0.0.1']]);
  asked.length = 0;
  const url = new URL(`http://rebinding.example:${port}/`);
  await assert.rejects(get(url, {}, undefined), EgressRefused);
  // Public at the second question: the address of that very answer is tried, and no third question is asked for it.
  const second = await lookedUp('rebinding.example');
  assert.deepEqual(second, [{ address: '8.8.8.8', family: 4 }]);
  assert.equal(asked.length, 2);
  await assert.rejects(get(url, {}, undefined), EgressRefused);
  assert.equal(hits, 0);
});

test('what the user of the process allowed does not count for those who ask a server', async () => {
  const address = `http://127.0.0.1:${port}/open`;
  await openSource(address, { trust: 'user' }).catch(() => undefined);
  assert.ok(isAllowedHost(new URL(address)));
  allowBucket('results-of-all');
  assert.ok(isAllowedBucket('results-of-all'));
  const before = hits;
  await forAsker(async () => {
    assert.ok(!isAllowedHost(new URL(address)));
    assert.ok(!isAllowedBucket('results-of-all'));
    for (const refused of [
      address,
      's3://results-of-all/ann/job/x.tif',
      '/etc/passwd',
      'zip+s3://results-of-all/x.zip!/x.tif',
      'zip:///etc/x.zip!/x',
      `tar+${address}!/x`,
    ])
      await assert.rejects(openSource(refused), EgressRefused, refused);
  });
  assert.equal(hits, before);
  assert.ok(isAllowedHost(new URL(address)));
});

test('a host that nobody named cannot send us to one that the user did', async () => {
  const secret = `http://127.0.0.1:${port}/secret`;
  const elsewhere = createServer((_request, answer) => answer.writeHead(302, { location: secret }).end());
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const start = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  await openSource(secret, { trust: 'user' }).catch(() => undefined);
  process.env.FURROW_EGRESS_ALLOW = start;
  try {
    const before = hits;
    await assert.rejects(get(new URL(`http://${start}/`), {}, undefined), EgressRefused);
    assert.equal(hits, before);
    process.env.FURROW_EGRESS_ALLOW = '';
    // Of two that the user named the one may lead to the other.
    await openSource(`http://${start}/`, { trust: 'user' });
    assert.ok(hits > before);
  } finally {
    delete process.env.FURROW_EGRESS_ALLOW;
    elsewhere.closeAllConnections();
    elsewhere.close();
  }
});

test('an asked address is http or https, public now, or named by FURROW_EGRESS_ALLOW', async () => {
  names.set('public.example', [['8.8.8.8']]);
  names.set('private.example', [['10.1.2.3']]);
  for (const address of [
    'http://public.example/x',
    'https://public.example:8443/x',
    'zip+https://public.example/x.zip!/y',
  ])
    await checkAskedAddress(address);
  for (const address of [
    'http://private.example/x',
    'zip+http://private.example/x.zip!/y',
    '/vsizip/{/vsicurl/http://private.example/a}/y',
    '/vsis3/bucket/x',
    's3://bucket/x',
    'file:///etc/passwd',
    '/etc/passwd',
    `http://127.0.0.1:${port}/`,
    'http://me:secret@public.example/',
  ])
    await assert.rejects(checkAskedAddress(address), EgressRefused, address);
  process.env.FURROW_EGRESS_ALLOW = `127.0.0.1:${port},private.example:80`;
  try {
    await checkAskedAddress(`http://127.0.0.1:${port}/`);
    await checkAskedAddress('http://private.example/x');
    await assert.rejects(checkAskedAddress(`http://127.0.0.1:${port + 1}/`), EgressRefused);
    await assert.rejects(checkAskedAddress('http://private.example:81/x'), EgressRefused);
  } finally {
    delete process.env.FURROW_EGRESS_ALLOW;
  }
});
