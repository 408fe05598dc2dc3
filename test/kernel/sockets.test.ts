import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dealer } from 'zeromq';
import { bindSockets } from '../../kernel/bind-sockets.ts';
import { openSockets } from '../../kernel/sockets.ts';
import { openWire } from '../../kernel/wire.ts';
import { freePorts } from './client.ts';

test('a message that cannot be handled costs itself, not its channel', {
  timeout: 10_000,
}, async (context) => {
  const [shellPort = 0, iopubPort = 0, stdinPort = 0, controlPort = 0, hbPort = 0] = await freePorts(5);
  const ports = { shell: shellPort, iopub: iopubPort, stdin: stdinPort, control: controlPort, hb: hbPort };
  const connection = { transport: 'tcp', ip: '127.0.0.1', key: 'k', hash: 'sha256', ports } as const;
  context.mock.method(process.stderr, 'write', () => true);
  const received: string[] = [];
  const second = Promise.withResolvers<void>();
  const receive = (frames: Buffer[]): void => {
    received.push(String(frames.at(-1)));
    if (received.length === 1) throw new RangeError('Maximum call stack size exceeded');
    second.resolve();
  };
  const sockets = openSockets(await bindSockets(connection), openWire(connection), {
    request: (_channel, frames) => receive(frames),
    stdin: receive,
    subscribed: () => undefined,
    hold: () => undefined,
    cut: () => undefined,
  });
  const client = new Dealer({ linger: 0 });
  context.after(() => {
    client.close();
    sockets.close();
  });
  client.connect(`tcp://127.0.0.1:${shellPort}`);
  await client.send('first');
  await client.send('second');
  await second.promise;
  assert.deepEqual(received, ['first', 'second']);
});
