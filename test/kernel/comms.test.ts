import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommRegistry } from '../../kernel/comms.ts';

test('a comm is listed whatever its id', () => {
  const comms = new CommRegistry();
  comms.open('__proto__', 'target');
  comms.open('b', 'other');
  assert.equal(
    JSON.stringify(comms.list()),
    '{"__proto__":{"target_name":"target"},"b":{"target_name":"other"}}',
  );
  assert.deepEqual(Object.keys(comms.list('other')), ['b']);
});
