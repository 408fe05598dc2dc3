import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wireReader } from '../../src/store/wire-reader.ts';

function message(type: string, body = ''): Buffer {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(type);
  bytes.writeInt32BE(4 + body.length, 1);
  bytes.write(body, 5, 'latin1');
  return bytes;
}

function untyped(code: number, body = ''): Buffer {
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeInt32BE(bytes.length);
  bytes.writeInt32BE(code, 4);
  bytes.write(body, 8);
  return bytes;
}

const startup = untyped(196608, 'user\0furrow\0\0');

/** What comes out when the bytes arrive in those pieces. */
function readIn(pieces: readonly Buffer[]): { requests: string[]; replies: string; ended: boolean } {
  let replies = '';
  let ended = false;
  const read = wireReader({
    reply: (bytes) => {
      replies += Buffer.from(bytes).toString();
    },
    end: () => {
      ended = true;
    },
  });
  const requests = pieces
    .flatMap((piece) => read(piece))
    .map(({ type, bytes }) => `${type}:${Buffer.from(bytes).toString('hex')}`);
  return { requests, replies, ended };
}

const hex = (type: string, ...messages: Buffer[]) =>
  `${type.charCodeAt(0)}:${Buffer.concat(messages).toString('hex')}`;

test('messages up to Sync make one request, however the bytes arrive', () => {
  const extended = [
    message('P', 'select $1'),
    message('B', '\0\0\0\x03\0\0'),
    message('D', 'P'),
    message('E'),
    message('S'),
  ];
  const simple = message('Q', 'begin\0');
  const whole = Buffer.concat([startup, ...extended, simple, ...extended]);
  const expected = [hex('\0', startup), hex('S', ...extended), hex('Q', simple), hex('S', ...extended)];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 12 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((to, i) => whole.subarray(places[i], to));
      assert.deepEqual(readIn(pieces), { requests: expected, replies: '', ended: false });
    }),
  );
});

test('encryption is declined and the connection goes on', () => {
  const answer = readIn([Buffer.concat([untyped(80877104), untyped(80877103), startup])]);
  assert.deepEqual(answer, { requests: [hex('\0', startup)], replies: 'NN', ended: false });
});

test('a request to cancel, a farewell and a senseless length end the connection', () => {
  assert.deepEqual(readIn([untyped(80877102, 'pid key')]), { requests: [], replies: '', ended: true });
  assert.deepEqual(readIn([Buffer.concat([startup, message('X'), message('Q', 'late')])]), {
    requests: [hex('\0', startup)],
    replies: '',
    ended: true,
  });
  const huge = message('Q', 'x');
  huge.writeInt32BE(0x7fffffff, 1);
  assert.equal(readIn([startup, huge]).ended, true);
  huge.writeInt32BE(3, 1);
  assert.equal(readIn([startup, huge]).ended, true);
});
