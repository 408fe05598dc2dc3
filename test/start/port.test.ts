import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { findPort } from '../../start/port.ts';
import { StartFailed } from '../../start/start-failed.ts';

async function occupy(): Promise<{ port: number; server: Server }> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { port: address.port, server };
}

test('a port that the user asks for and that is taken is one clear sentence', async () => {
  const { port, server } = await occupy();
  try {
    await assert.rejects(findPort(port), (error) => {
      assert.ok(error instanceof StartFailed);
      assert.match(error.message, new RegExp(`^Port ${port} is taken .*\\.$`));
      return true;
    });
  } finally {
    server.close();
  }
});

test('without --port the next free one above the usual is taken', async () => {
  const { port, server } = await occupy();
  try {
    const found = await findPort(undefined, port);
    assert.ok(found > port && found < port + 100, `${found}`);
  } finally {
    server.close();
  }
});

test('0 means any port, and the one found is free', async () => {
  const port = await findPort(0);
  assert.ok(port > 0);
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));
  server.close();
});
