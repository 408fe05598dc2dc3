import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testStoreFolder } from '../store/embedded-test-store.ts';
import { type FurrowServer, startFurrow } from '../support/furrow-server.ts';
import { rawRequest, statusOf } from './raw-request.ts';

interface Described {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { security?: unknown; responses: Record<string, unknown> }>>;
}

describe('furrow serve without accounts', () => {
  let server: FurrowServer;
  before(async () => {
    server = await startFurrow({ data: await testStoreFolder() });
  });
  after(() => server?.[Symbol.asyncDispose]());
  const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });
  const head = (host: string, more = '') =>
    `GET /health HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

  const upgrade = (path: string, origin?: string) =>
    [
      `GET ${path} HTTP/1.1`,
      `Host: ${new URL(server.url).host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      ...(origin === undefined ? [] : [`Origin: ${origin}`]),
      '\r\n',
    ].join('\r\n');

  test('it is alive and ready, and every answer carries the id of its request', async () => {
    for (const [path, status] of [
      ['/health', 'ok'],
      ['/ready', 'ready'],
      ['//ready', 'ready'],
      ['/health/', 'ok'],
    ] as const) {
      const answer = await get(path);
      assert.equal(answer.status, 200, path);
      assert.deepEqual(await answer.json(), { status });
      assert.match(answer.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
    }
  });

  test('the description names an answer for every status, and credentials where they are asked', async () => {
    const description = (await (await get('/openapi.json')).json()) as Described;
    assert.equal(description.openapi, '3.1.0');
    assert.ok(Object.keys(description.paths).length >= 3);
    for (const [path, methods] of Object.entries(description.paths))
      for (const [method, { responses }] of Object.entries(methods)) {
        for (const status of ['4XX', '5XX']) {
          const { content = {} } = (responses[status] ?? {}) as { content?: Record<string, unknown> };
          const type = path.startsWith('/openeo/') ? 'application/json' : 'application/problem+json';
          assert.deepEqual(Object.keys(content), [type], `${method} ${path} ${status}`);
        }
        assert.ok(
          Object.keys(responses).some((status) => /^[23]/.test(status)),
          `${method} ${path}`,
        );
      }
    assert.equal(description.paths['/health']?.get?.security, undefined);
  });

  test('metrics count requests, and are not given through a proxy', async () => {
    await get('/health');
    const metrics = await get('/metrics');
    assert.match(
      await metrics.text(),
      /furrow_request_seconds_count\{method="GET",route="\/health",status="200"\} \d/,
    );
    for (const header of ['x-forwarded-for', 'forwarded', 'via'])
      assert.equal((await get('/metrics', { [header]: 'for=10.0.0.1' })).status, 404, header);
  });

  test('problems are documents with an id, also where the address cannot be read', async () => {
    for (const [path, status] of [
      ['/nothing', 404],
      ['/%zz', 400],
      ['/%C0%AF', 400],
      [`/${'a'.repeat(9000)}`, 404],
      ['/health/..%2f..%2fetc%2fpasswd', 404],
    ] as const) {
      const answer = await rawRequest(
        server.url,
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      );
      assert.equal(statusOf(answer), status, path);
      assert.match(answer, /content-type: application\/problem\+json/i, path);
      assert.match(answer, /"id":"[0-9a-f-]{36}"/, path);
    }
  });

  test('other names than this machine are refused: a page may have its name resolve to it', async () => {
    for (const host of ['localhost', '127.0.0.1:8080', '[::1]'])
      assert.equal(statusOf(await rawRequest(server.url, head(host))), 200, host);
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '10.0.0.1',
      '0.0.0.0',
      'localhost, evil.example',
      '',
    ])
      assert.notEqual(statusOf(await rawRequest(server.url, head(host))), 200, host);
    // An absolute address in the request line names the host too (RFC 9112, 3.2.2).
    const absolute = await rawRequest(
      server.url,
      'GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    assert.notEqual(statusOf(absolute), 200);
  });

  test('pages of other origins are not heard, their answers not lent, and no preflight passes', async () => {
    const { host } = new URL(server.url);
    assert.equal((await get('/health', { origin: `http://${host}` })).status, 200);
    for (const origin of [
      'https://evil.example',
      'http://localhost:1',
      'null',
      `http://${host}.evil.example`,
      'http://localhost',
    ]) {
      const answer = await get('/health', { origin });
      assert.equal(answer.status, 403, origin);
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
      assert.equal(statusOf(await rawRequest(server.url, upgrade('/health', origin))), 403, origin);
    }
    assert.equal((await get('/health')).headers.get('cross-origin-resource-policy'), 'same-site');
    const preflight = await fetch(`${server.url}/health`, {
      method: 'OPTIONS',
      headers: { origin: `http://${host}`, 'access-control-request-method': 'GET' },
    });
    assert.equal(preflight.status, 405);
    assert.equal(preflight.headers.get('access-control-allow-methods'), null);
  });

  test('an upgrade that leads nowhere is answered, and its connection closed', async () => {
    for (const [path, status] of [
      ['/nothing', 404],
      ['/%zz', 400],
    ] as const)
      assert.equal(statusOf(await rawRequest(server.url, upgrade(path))), status, path);
  });

  test('requests whose end two servers could see differently are refused', async () => {
    const post = (headers: string, body: string) =>
      `POST /health HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}`;
    for (const request of [
      post(
        'Transfer-Encoding: chunked\r\nContent-Length: 3',
        '0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n',
      ),
      post('Content-Length: 3\r\nContent-Length: 4', 'abcd'),
      post('Transfer-Encoding: xchunked', '0\r\n\r\n'),
      post('Transfer-Encoding : chunked', '0\r\n\r\n'),
      post('Content-Length: +3', 'abc'),
      post('Transfer-Encoding: chunked', '3 \r\nabc\r\n0\r\n\r\n'),
      'GET /health HTTP/1.1\nHost: localhost\n\n',
      'GET /health\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n',
    ]) {
      const answer = await rawRequest(server.url, request, 1000);
      assert.match(answer, /^HTTP\/1\.1 4/, JSON.stringify(request));
      assert.equal(answer.split(/^HTTP\/1\.1 /m).length, 2, `one answer to ${JSON.stringify(request)}`);
    }
  });

  test('heads beyond 32 KiB are refused, and a polygon of 16,000 characters in the address is not', async () => {
    const answer = await rawRequest(server.url, head('localhost', `X-Long: ${'a'.repeat(40_000)}\r\n`));
    assert.equal(statusOf(answer), 431);
    assert.match(answer, /content-type: application\/problem\+json[\s\S]*"code":"LimitExceeded"/i);
    assert.equal((await get(`/health?polygon=${'1'.repeat(16_000)}`)).status, 200);
  });

  test('log lines are JSON and hold no credentials', async () => {
    await get('/nothing?token=abcdefgh', {
      authorization: 'Bearer very-secret-token',
      cookie: 'a=very-secret-cookie',
    });
    await get('/signed/very-secret-link/x.tif');
    const lines = server
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    assert.ok(lines.length > 10);
    for (const line of lines) JSON.parse(line);
    assert.match(server.log(), /\/nothing\?token=\.\.\./);
    assert.doesNotMatch(server.log(), /very-secret|abcdefgh/);
  });
});

test('with a token nobody on the machine gets in without it, and the rate is bounded', async () => {
  const token = 'of-this-test-0123456789';
  await using server = await startFurrow({
    data: await testStoreFolder(),
    environment: {
      FURROW_TOKEN: token,
      FURROW_METRICS_TOKEN: 'metrics-token',
      FURROW_MAX_REQUEST_RATE: '20',
      FURROW_ALLOW_ORIGINS: 'https://editor.example',
    },
  });
  const metrics = (authorization?: string) =>
    fetch(`${server.url}/metrics`, { headers: authorization === undefined ? {} : { authorization } });
  assert.equal((await metrics()).status, 404);
  assert.equal((await metrics('Bearer metrics-toke')).status, 404);
  assert.equal((await metrics('Bearer metrics-token')).status, 200);
  const page = (origin: string) =>
    fetch(`${server.url}/health`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
  const editor = await page('https://editor.example');
  assert.deepEqual(
    [editor.status, editor.headers.get('access-control-allow-origin')],
    [204, 'https://editor.example'],
  );
  assert.equal(editor.headers.get('access-control-allow-credentials'), null);
  assert.equal((await page('https://evil.example')).status, 403);
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => (await fetch(`${server.url}/health`)).status),
  );
  assert.ok(statuses.includes(200) && statuses.includes(429), statuses.join());
  const last = await fetch(`${server.url}/health`);
  assert.equal(((await last.json()) as { code: string }).code, 'TooManyRequests');
});
