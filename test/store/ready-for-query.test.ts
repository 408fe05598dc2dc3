import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneReadyForQuery } from '../../src/store/ready-for-query.ts';

/** Messages of a server: a letter and its body. */
function answer(...messages: string[]): Buffer {
  return Buffer.concat(
    messages.map((text) => {
      const message = Buffer.alloc(text.length + 4);
      message.write(text[0] ?? '', 0);
      message.writeInt32BE(text.length + 3, 1);
      message.write(text.slice(1), 5);
      return message;
    }),
  );
}

const filtered = (type: string, ...messages: string[]) =>
  Buffer.concat(oneReadyForQuery(type.charCodeAt(0), answer(...messages)));

test('a Flush does not say that the server is ready', () => {
  assert.deepEqual(filtered('H', 'Edivision by zero', 'ZE'), answer('Edivision by zero'));
  assert.deepEqual(filtered('H', 'ZE'), Buffer.alloc(0));
});

test('Sync and a simple query end with one ReadyForQuery, the last state', () => {
  assert.deepEqual(filtered('S', 'ZE', 'ZI'), answer('ZI'));
  assert.deepEqual(filtered('Q', 'Eno', 'ZI', 'ZI'), answer('Eno', 'ZI'));
  assert.deepEqual(filtered('Q', 'T', 'Done', 'CSELECT 1', 'ZI'), answer('T', 'Done', 'CSELECT 1', 'ZI'));
  assert.deepEqual(filtered('\0', 'R', 'Kkey', 'ZI'), answer('R', 'Kkey', 'ZI'));
});

test('an answer without ReadyForQuery stays as it is', () => {
  assert.deepEqual(filtered('S', '1'), answer('1'));
  assert.deepEqual(oneReadyForQuery('S'.charCodeAt(0), Buffer.alloc(0)), []);
});
