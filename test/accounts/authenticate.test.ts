import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { listTokens, revokeToken } from '../../src/accounts/tokens.ts';
import {
  AuthenticationRequired,
  AuthenticationSchemeInvalid,
  CredentialsInvalid,
  InvalidArgument,
  PermissionsInsufficient,
  TokenInvalid,
  Unsupported,
} from '../../src/errors.ts';
import { openTestStore } from '../store/embedded-test-store.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { type AccountStore, addUser, basic, plainAccounts, startAccountStore } from './account-store.ts';

const address = '192.0.2.1';
const minute = 60_000;
const day = 86_400_000;

describe('who asks', { skip: withoutPostgres ?? false }, () => {
  let own: AccountStore;
  let accounts: ReturnType<typeof plainAccounts>;
  before(async () => {
    own = await startAccountStore();
    accounts = plainAccounts(own);
    await addUser(own.store, 'alice', 'correct horse: staple');
    await addUser(own.store, 'bob', 'a battery of bobs');
  });
  after(() => own?.close());

  const login = (name: string, password: string) => accounts.authenticate(basic(name, password), { address });
  const bearer = (token: string) => accounts.authenticate(`Bearer ${token}`, { address });

  test('a password opens its own account and no other', async () => {
    const caller = await login('alice', 'correct horse: staple');
    assert.deepEqual(
      [caller.name, caller.kind, caller.groups, caller.expires],
      ['alice', 'account', [], undefined],
    );
    assert.deepEqual([...caller.scopes], ['openeo', 'parcels', 'publish']);
    for (const [name, password] of [
      ['alice', 'a battery of bobs'],
      ['bob', 'correct horse: staple'],
      ['alice', 'correct horse: stapl'],
      ['nobody', 'correct horse: staple'],
      ["alice' or '1'='1", 'x'],
      ['furrow_service', ''],
      ['alice', ''],
    ] as const)
      await assert.rejects(login(name, password), CredentialsInvalid, name);
  });

  test('a password is the same however its letters were composed', async () => {
    await addUser(own.store, 'zoe', 'caf\u00e9 cr\u00e8me au lait');
    assert.equal((await login('zoe', 'cafe\u0301 cre\u0300me au lait')).name, 'zoe');
  });

  test('headers that prove nothing are refused by kind, and not shown in the error', async () => {
    for (const none of [undefined, '', '  '])
      await assert.rejects(accounts.authenticate(none, { address }), AuthenticationRequired);
    for (const [header, error] of [
      ['Negotiate geheim', AuthenticationSchemeInvalid],
      ['geheim', AuthenticationSchemeInvalid],
      ['Basic geheim!', CredentialsInvalid],
      [`Basic ${Buffer.from('geheim').toString('base64')}`, CredentialsInvalid],
      [`Basic ${Buffer.from([0xff, 0x3a, 0xfe]).toString('base64')}`, CredentialsInvalid],
      ['Bearer geheim', TokenInvalid],
      ['Bearer basic//geheim', TokenInvalid],
      ['Bearer basic/geheim', TokenInvalid],
      ['Bearer oidc/egi/geheim', TokenInvalid],
      ['Bearer oidc/egi/a.geheim.c', TokenInvalid],
      [`Bearer ${'geheim'.repeat(4000)}`, TokenInvalid],
      [`Bearer ${'A'.repeat(43)}`, TokenInvalid],
      ['Bearer', TokenInvalid],
    ] as const)
      await assert.rejects(accounts.authenticate(header, { address }), (thrown) => {
        assert.ok(thrown instanceof error, `${header}: ${thrown}`);
        assert.doesNotMatch(thrown.message, /geheim/);
        return true;
      });
  });

  test('a token is shown in both forms, and only its hash is stored', async () => {
    const { token, expires } = await accounts.issueToken(await login('alice', 'correct horse: staple'));
    assert.equal(expires.getTime(), own.time.now + 30 * day);
    for (const form of [token, `basic//${token}`]) {
      const caller = await bearer(form);
      assert.deepEqual([caller.name, caller.kind, caller.expires], ['alice', 'account', expires]);
    }
    const dump = await own.postgres.psql(own.database, 'select * from furrow.token, furrow.account');
    assert.ok(
      dump.length > 100 &&
        !dump.includes(token) &&
        !dump.includes(Buffer.from(token, 'base64url').toString('hex')),
    );
  });

  test('a token gives away no more than it has: neither scopes nor time', async () => {
    const alice = await login('alice', 'correct horse: staple');
    const { token } = await accounts.issueToken(alice, { scopes: ['parcels'], days: 2, label: 'maps' });
    const narrow = await bearer(token);
    assert.deepEqual([...narrow.scopes], ['parcels']);
    await assert.rejects(
      accounts.issueToken(narrow, { scopes: ['parcels', 'openeo'] }),
      PermissionsInsufficient,
    );
    const next = await accounts.issueToken(narrow, { days: 300 });
    assert.equal(next.expires.getTime(), own.time.now + 2 * day);
    assert.deepEqual([...(await bearer(next.token)).scopes], ['parcels']);
    for (const bad of [
      { scopes: ['admin'] },
      { scopes: [] },
      { days: -1 },
      { days: Number.NaN },
      { label: 'x'.repeat(300) },
    ])
      await assert.rejects(accounts.issueToken(alice, bad), InvalidArgument);
  });

  test('a token ends with its time, also one that was shown a moment ago', async () => {
    const { token, expires } = await accounts.issueToken(await login('bob', 'a battery of bobs'), {
      days: 1,
    });
    own.time.now = expires.getTime() - 1;
    assert.equal((await bearer(token)).name, 'bob');
    own.time.now += 1;
    await assert.rejects(bearer(token), TokenInvalid);
  });

  test('a revoked token ends within seconds, and the others go on', async () => {
    const bob = await login('bob', 'a battery of bobs');
    const [one, other] = [await accounts.issueToken(bob), await accounts.issueToken(bob)];
    assert.equal((await bearer(one.token)).name, 'bob');
    const listed = await listTokens(own.store, 'bob', { clock: own.clock });
    assert.deepEqual(
      listed.map(({ id, used }) => [id, used]),
      [
        [one.id, new Date(own.time.now).toISOString().slice(0, 10)],
        [other.id, null],
      ],
    );
    await revokeToken(own.store, one.id);
    own.time.now += 5_000;
    await assert.rejects(bearer(one.token), TokenInvalid);
    assert.equal((await bearer(other.token)).name, 'bob');
    own.time.now += minute;
  });

  test('a name that nobody has is refused no sooner than a wrong password', async () => {
    const cpu = async (name: string) => {
      const before = process.cpuUsage();
      await assert.rejects(login(name, `${Math.random()}`), CredentialsInvalid);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const least = async (name: string) => Math.min(await cpu(name), await cpu(name), await cpu(name));
    const [there, absent] = [await least('alice'), await least('nobody-at-all')];
    assert.ok(absent > there * 0.6 && absent < there * 1.7, `${there} us with an account, ${absent} without`);
  });

  test('the embedded store has no accounts', async () => {
    const embedded = await openTestStore();
    try {
      assert.throws(() => plainAccounts({ store: embedded, clock: own.clock }), Unsupported);
    } finally {
      await embedded.close();
    }
  });
});
