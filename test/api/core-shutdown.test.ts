import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { testStoreFolder } from '../store/embedded-test-store.ts';
import { startFurrow } from '../support/furrow-server.ts';

test('told to stop, it ends with 0 at once although a client keeps its connection', async () => {
  await using server = await startFurrow({ data: await testStoreFolder() });
  assert.equal((await fetch(`${server.url}/health`)).status, 200);
  const before = performance.now();
  assert.equal(await server.stop(), 0);
  assert.ok(performance.now() - before < 9_000, 'it waited for a connection that nobody used');
  await assert.rejects(fetch(`${server.url}/health`));
});

test('who says nothing, and who has sent half a request, keep it from stopping for the time of grace only', async () => {
  await using server = await startFurrow({ data: await testStoreFolder() });
  const { hostname, port } = new URL(server.url);
  const half =
    'POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
  const slow = ['', half].map((text) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(text);
    return socket;
  });
  await pause(100);
  const before = performance.now();
  assert.equal(await server.stop(), 0);
  assert.ok(performance.now() - before < 14_000);
  for (const socket of slow) socket.destroy();
});

test('settings that do not go together are told before anything is opened', async () => {
  const refused = (environment: Record<string, string>) =>
    startFurrow({ data: '/nowhere/at/all', environment });
  await assert.rejects(
    refused({ FURROW_HOST: '0.0.0.0' }),
    /without accounts the server listens on this machine only/,
  );
  await assert.rejects(refused({ FURROW_ACCOUNTS: 'on', FURROW_STORE: '' }), /needs PostgreSQL/);
  await assert.rejects(refused({ FURROW_ACCOUNTS: 'yes' }), /FURROW_ACCOUNTS must be on or off/);
  await assert.rejects(refused({ FURROW_PORT: '70000', FURROW_LOG: 'loud' }), /furrow serve ended with/);
});
