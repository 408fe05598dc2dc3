import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerOf, guardRoutes } from '../../src/api/access.ts';
import type { App } from '../../src/api/app.ts';
import { readJsonBodies } from '../../src/api/json-body.ts';
import { isLoopback, ownerOnly } from '../../src/api/local-callers.ts';
import { answerUnknown, rememberRoutes } from '../../src/api/unknown-routes.ts';
import { describeError, reviveError } from '../../src/engine/wire-error.ts';
import {
  AuthenticationRequired,
  EgressRefused,
  InvalidArgument,
  StorageFailure,
  StoreFailure,
  StoreUnavailable,
  TokenInvalid,
} from '../../src/errors.ts';
import { smallApp } from './small-app.ts';

const token = 'a-token-of-24-characters';
const shown = { authorization: `Bearer ${token}` };

async function guarded(routes: (app: App) => void): Promise<App> {
  const app = smallApp();
  const known = rememberRoutes(app);
  guardRoutes(app, ownerOnly(token));
  readJsonBodies(app);
  routes(app);
  answerUnknown(app, known);
  await app.ready();
  return app;
}

test('a route that does not say who may call it keeps the server from starting', async () => {
  await assert.rejects(
    guarded((app) => app.get('/bare', async () => 'open to the world')),
    /route GET \/bare does not say who may call it/,
  );
});

test('a route with a scope asks for credentials before it reads the body', async () => {
  const app = await guarded((own) =>
    own.post('/jobs', { config: { access: 'openeo' } }, async (request) => ({
      name: callerOf(request).name,
    })),
  );
  const post = (headers: Record<string, string>, payload = '{}') =>
    app.inject({
      method: 'POST',
      url: '/jobs',
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    });
  const without = await post({}, '{ this is no JSON');
  assert.equal(without.statusCode, 401);
  assert.match(String(without.headers['www-authenticate']), /^Basic .*Bearer/);
  assert.equal((await post({ authorization: 'Bearer another-token-of-some-length' })).statusCode, 401);
  assert.equal((await post({ authorization: '' })).statusCode, 401);
  const right = await post(shown);
  assert.deepEqual([right.statusCode, right.json()], [200, { name: 'owner' }]);
});

test('a caller without the scope of a route is told which one it needs', async () => {
  const app = smallApp();
  guardRoutes(app, {
    authenticate: async () => ({ name: 'ann', kind: 'account', groups: [], scopes: new Set(['parcels']) }),
  });
  app.get('/jobs', { config: { access: 'openeo' } }, async () => 'secret');
  const answer = await app.inject('/jobs');
  assert.equal(answer.statusCode, 403);
  assert.match(answer.json().message, /needs the scope 'openeo'; what was shown has parcels/);
  assert.doesNotMatch(answer.body, /secret/);
});

test('the HEAD and the trailing-slash twin of a route are guarded as it is', async () => {
  const app = await guarded((own) =>
    own.get('/jobs', { config: { access: 'openeo' } }, async () => 'secret'),
  );
  for (const method of ['GET', 'HEAD'] as const) {
    assert.equal((await app.inject({ method, url: '/jobs' })).statusCode, 401, method);
    assert.equal((await app.inject({ method, url: '/jobs', headers: shown })).statusCode, 200, method);
  }
});

test('an unknown path is 404, a known one with another method 405 with those it takes', async () => {
  const app = await guarded((own) =>
    own.get('/parcels/:dataset/:pid', { config: { access: 'open' } }, async () => 'x'),
  );
  assert.equal((await app.inject('/parcels/a')).statusCode, 404);
  assert.equal((await app.inject('/parcels/a/b/c')).statusCode, 404);
  const wrong = await app.inject({ method: 'DELETE', url: '/parcels/a/b' });
  assert.deepEqual([wrong.statusCode, wrong.headers.allow], [405, 'GET, HEAD']);
});

test('the token of a local server is taken as bearer token, in the form of openEO, and as a password', async () => {
  const { authenticate } = ownerOnly(token);
  const ask = (authorization: string | undefined) => authenticate(authorization, { address: '127.0.0.1' });
  const basic = (name: string) => `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`;
  for (const header of [`Bearer ${token}`, `bearer basic//${token}`, basic('anybody'), basic('')])
    assert.equal((await ask(header)).name, 'owner', header);
  await assert.rejects(ask(undefined), AuthenticationRequired);
  for (const header of [
    token,
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    'Bearer ',
    `Bearer basic//basic//${token}`,
    'Basic !',
  ])
    await assert.rejects(ask(header), TokenInvalid, header);
  assert.throws(() => ownerOnly('short'), InvalidArgument);
});

test('only names and addresses of this machine count as loopback', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:80',
    'furrow.localhost:8080',
    '127.0.0.1:1',
    '127.9.9.9',
    '[::1]:8080',
    '::1',
  ])
    assert.ok(isLoopback(host), host);
  for (const host of [
    '',
    'localhost.evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost:80@evil.example',
    'evil.example#localhost',
    'localhost:x',
    ' localhost',
    '0.0.0.0',
    '[::]',
    '10.0.0.1',
    '::ffff:10.0.0.1',
  ])
    assert.ok(!isLoopback(host), host);
});

test('of what the database said only the kind is told; of what we say of the store all', async () => {
  const cause = new EvalError('role furrow_7 of 10.0.0.5 may not read furrow.token');
  const thrown = {
    '/lost': new StoreUnavailable(`asking: ${cause.message}`, { cause }),
    '/refused': new StoreFailure(`asking: ${cause.message}`, { cause }),
    '/own': new StoreFailure('the store sent a part of a row'),
  };
  const app = await guarded((own) => {
    for (const [path, error] of Object.entries(thrown))
      own.get(path, { config: { access: 'open' } }, async () => Promise.reject(error));
  });
  const told = async (path: string) => {
    const { statusCode, payload } = await app.inject(path);
    const { code, message } = JSON.parse(payload) as { code: string; message: string };
    assert.doesNotMatch(payload, /furrow_7|10\.0\.0\.5|token/);
    return [statusCode, code, message];
  };
  assert.deepEqual(await told('/lost'), [
    503,
    'StoreUnavailable',
    'the store does not answer; trying again later may work',
  ]);
  assert.deepEqual((await told('/refused')).slice(0, 2), [500, 'StoreFailure']);
  assert.deepEqual(await told('/own'), [500, 'StoreFailure', 'the store sent a part of a row']);
});

test('of failures that are not ours nothing is told, whatever status they carry', async () => {
  const foreign = Object.assign(new EvalError('password=hunter2'), { statusCode: 404 });
  const app = await guarded((own) => {
    own.get('/foreign', { config: { access: 'open' } }, async () => Promise.reject(foreign));
    const once = reviveError(describeError(foreign));
    own.get('/foreign/once', { config: { access: 'open' } }, async () => Promise.reject(once));
    const twice = reviveError(describeError(once));
    own.get('/foreign/twice', { config: { access: 'open' } }, async () => Promise.reject(twice));
    own.get('/refused', { config: { access: 'open' } }, async () =>
      Promise.reject(new EgressRefused('10.0.0.1')),
    );
    own.get('/far', { config: { access: 'open' } }, async () =>
      Promise.reject(new StorageFailure('far away')),
    );
    own.get('/openeo/1.2/far', { config: { access: 'open' } }, async () =>
      Promise.reject(new StorageFailure('x')),
    );
  });
  // As it is thrown here, and as it comes through one worker and through two.
  for (const path of ['/foreign', '/foreign/once', '/foreign/twice']) {
    const answer = await app.inject(path);
    assert.equal(answer.statusCode, 500);
    assert.equal(answer.json().code, 'Internal');
    assert.doesNotMatch(answer.body, /hunter2|EvalError/);
  }
  assert.equal((await app.inject('/refused')).statusCode, 403);
  const far = await app.inject('/far');
  assert.equal(far.statusCode, 502);
  assert.match(String(far.headers['content-type']), /^application\/problem\+json/);
  assert.deepEqual(Object.keys(far.json()), ['id', 'code', 'message', 'title', 'status', 'detail']);
  const openeo = await app.inject('/openeo/1.2/far');
  assert.match(String(openeo.headers['content-type']), /^application\/json/);
  assert.deepEqual(Object.keys(openeo.json()), ['id', 'code', 'message']);
});
