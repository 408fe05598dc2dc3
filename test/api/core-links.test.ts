import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { keptSecret, linkSigner } from '../../src/api/links.ts';
import { withoutSecrets } from '../../src/api/logged-request.ts';
import { InvalidArgument, NotFound, ResultLinkExpired } from '../../src/errors.ts';

const secret = 'a secret of more than 32 characters';
const now = new Date('2026-05-01T12:00:00Z');
const signer = linkSigner(secret, () => now);
const thing = { what: 'job/7/ndvi.tif', owner: 'ann', expires: new Date('2026-05-02T00:00:00Z') };

test('a link opens as what it was signed for, whatever its names hold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (what, owner) => {
      const token = signer.sign({ ...thing, what, owner });
      assert.match(token, /^[\w-]+\.[\w-]+$/);
      const opened = signer.open(token);
      assert.deepEqual([opened.what, opened.owner], [what.toWellFormed(), owner.toWellFormed()]);
    }),
  );
});

test('a link ends when its time is over, at the second', () => {
  const token = signer.sign(thing);
  const at = (date: Date) => linkSigner(secret, () => date).open(token);
  assert.equal(at(new Date(thing.expires.getTime() - 1)).owner, 'ann');
  assert.throws(() => at(thing.expires), ResultLinkExpired);
});

test('no other spelling of a link opens', () => {
  const token = signer.sign(thing);
  const [payload = '', signature = ''] = token.split('.');
  const forged = (change: [string, string, number]) =>
    Buffer.from(JSON.stringify(change)).toString('base64url');
  const tries = [
    '',
    '.',
    payload,
    `${payload}.`,
    `.${signature}`,
    `${token}.`,
    `${token}=`,
    `${token} `,
    token.toUpperCase(),
    `${forged(['job/8/ndvi.tif', 'ann', 2_000_000_000])}.${signature}`,
    `${forged(['job/7/ndvi.tif', 'bob', 2_000_000_000])}.${signature}`,
    `${payload}.${Buffer.from(signature, 'base64url').toString('base64')}`,
    `${payload}.${Buffer.from(signature, 'base64url').toString('hex')}`,
    linkSigner(`${secret}!`, () => now).sign(thing),
    'a'.repeat(1_000_000),
  ];
  for (const text of tries) assert.throws(() => signer.open(text), NotFound, text.slice(0, 60));
  for (let at = 0; at < token.length; at += 1)
    for (const letter of ['A', 'b', '_', '%']) {
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      if (changed !== token) assert.throws(() => signer.open(changed), NotFound, changed);
    }
});

test('a short secret is refused', () => {
  assert.throws(() => linkSigner('x'.repeat(31), () => now), InvalidArgument);
});

test('the secret of a folder is made once, also by several at a time, for its user only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-secret-'));
  try {
    const secrets = new Set(
      await Promise.all(Array.from({ length: 8 }, () => keptSecret(join(folder, 'data')))),
    );
    assert.equal(secrets.size, 1);
    assert.ok([...secrets].every((text) => text.length >= 43));
    assert.deepEqual(await readdir(join(folder, 'data')), ['server-secret']);
    assert.equal((await stat(join(folder, 'data', 'server-secret'))).mode & 0o777, 0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the log holds no link that opens, and no token of a query', () => {
  const token = signer.sign(thing);
  for (const url of [
    `/signed/${token}/ndvi.tif`,
    `//signed/${token}`,
    `/openeo/1.2/signed-logs/${token}`,
    `/signed/pictures/${token}/x.png`,
    `/elsewhere/${token}?x=1`,
    `/signed/${token.slice(0, 40)}`,
    `/x?token=${token}`,
    `/x?a=1&access_token=${token}&b=2`,
  ])
    assert.ok(!withoutSecrets(url).includes(token.slice(0, 20)), url);
  assert.equal(withoutSecrets('/query/info?parcelid=7&ptype=b'), '/query/info?parcelid=7&ptype=b');
});
