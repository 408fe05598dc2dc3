import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSeats } from '../../src/api/openeo/socket-seats.ts';
import { TooManyRequests } from '../../src/errors.ts';

test('sockets are counted by account and by address, each once, until they close', (context) => {
  process.env.FURROW_MAX_FOLLOWED_LOGS = '2';
  process.env.FURROW_MAX_FOLLOWED_LOGS_AT_ADDRESS = '3';
  context.after(() => {
    delete process.env.FURROW_MAX_FOLLOWED_LOGS;
    delete process.env.FURROW_MAX_FOLLOWED_LOGS_AT_ADDRESS;
  });
  const seats = openSeats();
  const leave = seats.take('alice', '2001:db8::1');
  seats.take('alice', '2001:db8::2');
  assert.throws(() => seats.take('alice', '10.0.0.1'), TooManyRequests);
  seats.take('bob', '2001:db8::3');
  // Another address of the same customer, whoever asks; refused, it counts nowhere.
  for (let i = 0; i < 3; i++)
    assert.throws(() => seats.take('carol', '2001:db8::ffff'), /3 logs are followed from this address/);
  seats.take('carol', '10.0.0.1');
  leave();
  leave();
  seats.take('alice', '2001:db8::4');
  assert.throws(() => seats.take('alice', '2001:db8::5'), /2 logs are followed already/);
  seats.take('carol', '10.0.0.1');
});
