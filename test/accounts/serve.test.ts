import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { enableAccount } from '../../src/accounts/close-accounts.ts';
import { listTokens, revokeToken } from '../../src/accounts/tokens.ts';
import { withoutPostgres } from '../store/scratch-postgres.ts';
import { type FurrowServer, startFurrow } from '../support/furrow-server.ts';
import { type AccountStore, addUser, basic, startAccountStore } from './account-store.ts';
import { type RunningProvider, startProvider, withoutProvider } from './oidc-provider.ts';

/** Beyond what a server believes without asking again. */
const beyondBelief = 3_500;

describe('a server with accounts', { skip: withoutPostgres ?? withoutProvider ?? false }, () => {
  let own: AccountStore;
  let provider: RunningProvider;
  let server: FurrowServer;
  before(async () => {
    [own, provider] = await Promise.all([startAccountStore(), startProvider()]);
    await addUser(own.store, 'alice', 'correct horse staple');
    server = await startFurrow({
      environment: {
        FURROW_ACCOUNTS: 'on',
        FURROW_STORE: own.url('furrow_service'),
        FURROW_OIDC_ISSUER: provider.issuer,
        FURROW_OIDC_ID: 'test',
        FURROW_OIDC_CLIENTS: 'suite',
      },
    });
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await provider?.stop();
    await own?.close();
  });

  const ask = async (path: string, authorization?: string) => {
    const answer = await fetch(`${server.url}/openeo/1.2${path}`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const me = async (authorization?: string) => {
    const { status, body } = await ask('/me', authorization);
    return status === 200 ? body.user_id : `${status} ${body.code}`;
  };
  const login = async () => {
    const { status, body } = await ask('/credentials/basic', basic('alice', 'correct horse staple'));
    assert.equal(status, 200, JSON.stringify(body));
    return String(body.access_token);
  };

  const linkToResult = async (authorization: string): Promise<string> => {
    const jobs = `${server.url}/openeo/1.2/jobs`;
    const headers = { authorization, 'content-type': 'application/json' };
    const sum = { process_id: 'add', arguments: { x: 1, y: 2 }, result: true };
    const body = JSON.stringify({ process: { process_graph: { sum } } });
    const id = (await fetch(jobs, { method: 'POST', headers, body })).headers.get('openeo-identifier');
    await fetch(`${jobs}/${id}/results`, { method: 'POST', headers: { authorization } });
    for (let waited = 0; waited < 200; waited++) {
      const { status, body: found } = await ask(`/jobs/${id}/results`, authorization);
      const [asset] = Object.values((found.assets ?? {}) as Record<string, { href: string }>);
      if (status === 200 && asset !== undefined) return asset.href;
      await pause(100);
    }
    assert.fail('the job does not end');
  };

  test('lets in who shows a password, its token, or a token of the provider, and nobody else', async () => {
    assert.equal(await me(), '401 AuthenticationRequired');
    const token = await login();
    assert.equal(await me(`Bearer basic//${token}`), 'alice');
    assert.equal(
      await me(`Bearer basic//${token.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))}`),
      '403 TokenInvalid',
    );
    const { access_token: jwt } = await provider.token({
      grant_type: 'client_credentials',
      client_id: 'suite',
      client_secret: 'suite-secret',
    });
    assert.match(String(await me(`Bearer oidc/test/${jwt}`)), /^oidc\.test\./);
    assert.equal(await me(`Bearer oidc/test/${jwt.slice(0, -4)}AAAA`), '403 TokenInvalid');
    assert.equal(await me(basic('alice', 'correct horse stapler')), '403 CredentialsInvalid');
  });

  test('lets nobody in any more with a revoked token or a disabled account, within seconds', async () => {
    const [one, other] = [await login(), await login()];
    const link = await linkToResult(`Bearer basic//${other}`);
    assert.equal((await fetch(link)).status, 200);
    assert.equal(await me(`Bearer basic//${one}`), 'alice');
    assert.equal(await me(`Bearer basic//${other}`), 'alice');
    const newest = (await listTokens(own.store, 'alice', { clock: () => new Date() })).at(-2);
    await revokeToken(own.store, newest?.id ?? 0);
    await pause(beyondBelief);
    assert.equal(await me(`Bearer basic//${one}`), '403 TokenInvalid');
    assert.equal(await me(`Bearer basic//${other}`), 'alice');
    await enableAccount(own.store, 'alice', false);
    await pause(beyondBelief);
    assert.equal(await me(`Bearer basic//${other}`), '403 TokenInvalid');
    assert.equal(await me(basic('alice', 'correct horse staple')), '403 CredentialsInvalid');
    assert.equal((await fetch(link)).status, 404, 'nor by a link that was signed before');
  });

  test('says that links lead nowhere when it listens everywhere and has no address of its own', async () => {
    const environment = {
      FURROW_ACCOUNTS: 'on',
      FURROW_STORE: own.url('furrow_service'),
      FURROW_HOST: '0.0.0.0',
    };
    await using open = await startFurrow({ environment });
    await using named = await startFurrow({
      environment: { ...environment, FURROW_URL: 'https://furrow.example.org' },
    });
    assert.equal(named.url, 'https://furrow.example.org');
    await Promise.all([open.stop(), named.stop()]);
    assert.match(open.log(), /set FURROW_URL/);
    assert.doesNotMatch(named.log(), /FURROW_URL/);
    assert.doesNotMatch(server.log(), /FURROW_URL/);
  });

  test('keeps passwords and tokens out of its log', async () => {
    const log = server.log();
    for (const secret of ['correct horse', Buffer.from('alice:correct').toString('base64').slice(0, 12)])
      assert.ok(!log.includes(secret));
  });
});
