import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { type AccountSettings, readAccountSettings } from '../../src/accounts/account-settings.ts';
import { enableAccount } from '../../src/accounts/close-accounts.ts';
import { documentFetcher, type FetchDocument } from '../../src/accounts/fetch-document.ts';
import { openAccounts } from '../../src/accounts/open-accounts.ts';
import { addSubject, listAccounts } from '../../src/accounts/users.ts';
import {
  EgressRefused,
  InvalidArgument,
  InvalidFile,
  StorageFailure,
  TokenInvalid,
} from '../../src/errors.ts';
import { checkEgress } from '../../src/storage/egress.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { type AccountStore, startAccountStore } from './account-store.ts';
import { type RunningProvider, startProvider, withoutProvider } from './oidc-provider.ts';

const address = '192.0.2.9';

describe('who logs in at an identity provider', { skip: withoutPostgres ?? withoutProvider ?? false }, () => {
  let own: AccountStore;
  let provider: RunningProvider;
  before(async () => {
    [own, provider] = await Promise.all([startAccountStore(), startProvider()]);
  });
  after(async () => {
    await provider?.stop();
    await own?.close();
  });

  const settings = (more: NodeJS.ProcessEnv = {}): AccountSettings =>
    readAccountSettings({
      FURROW_OIDC_ISSUER: provider.issuer,
      FURROW_OIDC_ID: 'test',
      FURROW_OIDC_CLIENTS: 'suite',
      FURROW_OIDC_DEFAULT_CLIENT: 'public-client',
      ...more,
    });
  const open = (more: NodeJS.ProcessEnv = {}, fetch?: FetchDocument) =>
    openAccounts(own.store, settings(more), { clock: own.clock, fetchDocument: fetch });
  const show = (jwt: string, accounts = open()) =>
    accounts.authenticate(`Bearer oidc/test/${jwt}`, { address });
  const clientCredentials = (client = 'suite') =>
    provider.token({
      grant_type: 'client_credentials',
      client_id: client,
      client_secret: `${client}-secret`,
    });

  test('a token by client credentials opens an account of its own, the same each time', async () => {
    const accounts = open();
    const { access_token: one } = await clientCredentials();
    const { access_token: other } = await clientCredentials();
    assert.notEqual(one, other);
    const caller = await show(one, accounts);
    assert.match(caller.name, /^oidc\.test\.[a-z2-7]{26}$/);
    assert.equal(caller.kind, 'oidc');
    assert.deepEqual([...caller.scopes], ['openeo', 'parcels', 'publish']);
    assert.ok(caller.expires && Math.abs(caller.expires.getTime() - own.time.now - 3_600_000) < 60_000);
    assert.equal((await show(other, accounts)).name, caller.name);
    assert.equal((await show(one, open())).name, caller.name);
    const known = (await listAccounts(own.store)).find(({ name }) => name === caller.name);
    assert.deepEqual([known?.kind, known?.subject, known?.password], ['oidc', 'service-suite', false]);
  });

  test('a person by device code with PKCE, by access token and by id token', async () => {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const { device_code: code = '' } = await provider.post('/device', {
      client_id: 'suite',
      scope: 'openid profile',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const tokens = await provider.token({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: code,
      client_id: 'suite',
      code_verifier: verifier,
    });
    const caller = await show(tokens.access_token);
    assert.ok(tokens.id_token !== undefined);
    assert.equal((await show(tokens.id_token)).name, caller.name);
    const service = await show((await clientCredentials()).access_token);
    assert.notEqual(caller.name, service.name);
  });

  test('a token made for another client is refused', async () => {
    await assert.rejects(show((await clientCredentials('other')).access_token), /for other clients/);
    assert.equal(
      (
        await show(
          (
            await clientCredentials('other')
          ).access_token,
          open({ FURROW_OIDC_CLIENTS: 'suite,other' }),
        )
      ).kind,
      'oidc',
    );
  });

  test('a token ends with its time, also one that was taken before', async () => {
    const accounts = open();
    const { access_token: token } = await clientCredentials();
    await show(token, accounts);
    const now = own.time.now;
    try {
      own.time.now += 3_700_000;
      await assert.rejects(show(token, accounts), TokenInvalid);
      await assert.rejects(show(token, open()), TokenInvalid);
    } finally {
      own.time.now = now;
    }
  });

  test('a token that was changed, is not signed, or is signed by others is refused', async () => {
    const { access_token: token } = await clientCredentials();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload;
    const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    const jwks = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: object[] };
    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signed = (alg: string, key: Parameters<SignJWT['sign']>[0]) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);
    const changed = base64({ ...claims, sub: 'user' });
    for (const [what, jwt] of [
      ['another subject', `${header}.${changed}.${signature}`],
      ['no algorithm', `${base64({ alg: 'none', typ: 'JWT', kid })}.${payload}.`],
      ['no algorithm, with a signature', `${base64({ alg: 'none', kid })}.${payload}.${signature}`],
      ['no signature', `${header}.${payload}.`],
      ['a key of its own', await signed('RS256', foreign.privateKey)],
      // The public key taken for the secret of a symmetric algorithm.
      ['the public key as a secret', await signed('HS256', Buffer.from(JSON.stringify(jwks.keys[0])))],
    ] as const)
      await assert.rejects(show(jwt), TokenInvalid, what);
    assert.equal((await listAccounts(own.store)).filter(({ subject }) => subject === 'user').length, 1);
  });

  test('of a key that the provider has from now on tokens are taken, and it is not asked for each unknown one', async () => {
    const keys = await Promise.all(
      ['one', 'two'].map(async (kid) => {
        const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } };
      }),
    );
    const [one, two] = keys;
    assert.ok(one && two);
    let shown: object[] = [one.jwk];
    let asked = 0;
    const accounts = open({}, async (url) => {
      asked += 1;
      if (url.pathname === '/jwks') return { keys: shown };
      return { issuer: provider.issuer, jwks_uri: `${provider.issuer}/jwks` };
    });
    const jwt = ({ kid, privateKey }: typeof one, more: JWTPayload = {}, typ = 'at+jwt') =>
      new SignJWT({ azp: 'suite', aud: 'account', sub: 'somebody', ...more })
        .setProtectedHeader({ alg: 'ES256', kid, typ })
        .setIssuer(provider.issuer)
        .setExpirationTime(new Date(own.time.now + 600_000))
        .sign(privateKey);
    assert.equal((await show(await jwt(one), accounts)).kind, 'oidc');
    assert.equal(asked, 2);
    await assert.rejects(show(await jwt(two), accounts), TokenInvalid);
    await assert.rejects(show(await jwt({ ...two, kid: 'three' }), accounts), TokenInvalid);
    assert.equal(asked, 2);
    shown = [two.jwk];
    own.time.now += 31_000;
    assert.equal((await show(await jwt(two), accounts)).kind, 'oidc');
    assert.equal(asked, 4);
    await assert.rejects(show(await jwt(one), accounts), TokenInvalid);

    for (const [what, claims, typ] of [
      ['another issuer', { iss: 'https://elsewhere.example' }, 'JWT'],
      ['no subject', { sub: '' }, 'JWT'],
      ['a subject with a line', { sub: 'a\nb' }, 'JWT'],
      ['not yet', { nbf: Math.floor(own.time.now / 1000) + 300 }, 'JWT'],
      ['for nobody', { azp: 'account' }, 'JWT'],
      ['a logout', {}, 'logout+jwt'],
    ] as const) {
      const { iss, ...rest } = { iss: provider.issuer, ...claims };
      const token = new SignJWT({ azp: 'suite', sub: 'somebody', ...rest })
        .setProtectedHeader({ alg: 'ES256', kid: 'two', typ })
        .setIssuer(iss)
        .setExpirationTime(new Date(own.time.now + 600_000));
      await assert.rejects(show(await token.sign(two.privateKey), accounts), TokenInvalid, what);
    }
    // A provider that publishes a secret would let everybody who reads it sign.
    const secret = { kty: 'oct', kid: 'secret', alg: 'HS256', k: randomBytes(32).toString('base64url') };
    shown = [two.jwk, secret];
    own.time.now += 700_000;
    const symmetric = new SignJWT({ azp: 'suite', sub: 'somebody' })
      .setProtectedHeader({ alg: 'HS256', kid: 'secret' })
      .setIssuer(provider.issuer)
      .setExpirationTime(new Date(own.time.now + 600_000));
    const bySecret = await symmetric.sign(Buffer.from(secret.k, 'base64url'));
    await assert.rejects(show(bySecret, accounts), TokenInvalid);
    assert.equal((await show(await jwt(two), accounts)).kind, 'oidc');
    const forever = new SignJWT({ azp: 'suite', sub: 'somebody' }).setProtectedHeader({
      alg: 'ES256',
      kid: 'two',
    });
    await assert.rejects(
      show(await forever.setIssuer(provider.issuer).sign(two.privateKey), accounts),
      TokenInvalid,
    );
  });

  test('with new subjects shut out only who was added gets in, and a disabled one not', async () => {
    const closed = open({ FURROW_OIDC_NEW: 'off' });
    const { access_token: token } = await provider.token({
      grant_type: 'password',
      client_id: 'suite',
      client_secret: 'suite-secret',
      username: 'user',
      password: 'user-password',
    });
    const known = await show(token, closed);
    await enableAccount(own.store, known.name, false);
    own.time.now += 4_000;
    await assert.rejects(show(token, closed), /disabled/);
    await assert.rejects(show(token), /disabled/);
    await enableAccount(own.store, known.name, true);
    const { access_token: unknown } = await clientCredentials('other');
    const shut = open({ FURROW_OIDC_NEW: 'off', FURROW_OIDC_ID: 'test', FURROW_OIDC_CLIENTS: 'other' });
    const before = (await listAccounts(own.store)).length;
    await own.store.query(`delete from furrow.account where subject = 'service-other'`);
    await assert.rejects(show(unknown, shut), /ask who runs it to add you/);
    assert.equal((await listAccounts(own.store)).length, before - 1);
    const { issuer } = provider;
    const name = await addSubject(own.store, { provider: 'test', issuer, subject: 'service-other' });
    assert.equal((await show(unknown, shut)).name, name);
  });

  test('the provider is described as openEO clients want it', () => {
    assert.deepEqual(open().providers(), [
      {
        id: 'test',
        issuer: provider.issuer,
        title: 'OpenID Connect',
        scopes: ['openid'],
        default_clients: [
          {
            id: 'public-client',
            grant_types: ['urn:ietf:params:oauth:grant-type:device_code+pkce', 'refresh_token'],
          },
        ],
      },
    ]);
    assert.deepEqual(openAccounts(own.store, readAccountSettings({}), { clock: own.clock }).providers(), []);
  });

  test('settings that let others in are refused', () => {
    for (const [bad, reason] of [
      [{ FURROW_OIDC_CLIENTS: '', FURROW_OIDC_DEFAULT_CLIENT: '' }, /FURROW_OIDC_CLIENTS is empty/],
      [{ FURROW_OIDC_ISSUER: 'ftp://a.example' }, /FURROW_OIDC_ISSUER/],
      [{ FURROW_OIDC_ISSUER: 'https://a.example/?x' }, /FURROW_OIDC_ISSUER/],
      [{ FURROW_OIDC_ID: 'No' }, /FURROW_OIDC_ID/],
      [{ FURROW_OIDC_NEW: 'maybe' }, /FURROW_OIDC_NEW/],
    ] as const)
      assert.throws(
        () => settings(bad),
        (error) => error instanceof InvalidArgument && reason.test(error.message),
      );
  });

  test('a provider that is not whom it says, asks for others, or is not there, lets nobody in', async () => {
    const { access_token: token } = await clientCredentials();
    const told =
      (document: object): FetchDocument =>
      async () =>
        document;
    const { issuer } = provider;
    await assert.rejects(
      show(token, open({}, told({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` }))),
      /is of the issuer/,
    );
    await assert.rejects(show(token, open({}, told({ issuer }))), InvalidFile);
    await assert.rejects(
      show(token, open({}, told({ issuer, jwks_uri: 'ftp://a.example/' }))),
      EgressRefused,
    );
    await assert.rejects(show(token, open({}, told({ issuer, jwks_uri: issuer, keys: [1] }))), InvalidFile);
    const elsewhere: FetchDocument = async (url, options) =>
      url.pathname.endsWith('openid-configuration')
        ? { issuer, jwks_uri: 'http://10.0.0.1/keys' }
        : await documentFetcher(new URL(issuer))(url, options);
    await assert.rejects(show(token, open({}, elsewhere)), EgressRefused);
    const plain = open({ FURROW_OIDC_ISSUER: 'http://login.example' });
    await assert.rejects(show(token, plain), /FURROW_EGRESS_ALLOW names login.example/);
    // The provider alone is asked on this machine; addresses in requests still reach nothing there.
    assert.throws(() => checkEgress(new URL(provider.issuer)), EgressRefused);
    const gone = await startProvider();
    await gone.stop();
    let asked = 0;
    const absent = open({ FURROW_OIDC_ISSUER: gone.issuer }, (url, options) => {
      asked += 1;
      return documentFetcher(new URL(gone.issuer))(url, options);
    });
    for (let i = 0; i < 3; i++) await assert.rejects(show(token, absent), StorageFailure);
    assert.equal(asked, 1, 'a provider that is not there is asked at every request');
    own.time.now += 6_000;
    await assert.rejects(show(token, absent), StorageFailure);
    assert.equal(asked, 2);
  });
});
