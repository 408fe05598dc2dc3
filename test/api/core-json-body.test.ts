import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nestingOf, readJsonBodies } from '../../src/api/json-body.ts';
import { limit } from '../../src/limits.ts';
import { smallApp } from './small-app.ts';

function echo() {
  const app = smallApp();
  readJsonBodies(app);
  app.post('/echo', { config: { access: 'open' } }, async ({ body }) => ({ got: body }));
  return (payload: string | Buffer, type: string | undefined = 'application/json') =>
    app.inject({
      method: 'POST',
      url: '/echo',
      payload,
      headers: type === undefined ? {} : { 'content-type': type },
    });
}

/** By the parser, not by counting. */
function depthOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('the nesting of JSON text is that of the value it means', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      assert.equal(nestingOf(Buffer.from(text)), depthOf(JSON.parse(text)));
    }),
  );
  assert.equal(nestingOf(Buffer.from('"[[[["')), 0);
  assert.equal(nestingOf(Buffer.from('["\\"[[[",[]]')), 2);
});

test('JSON of every JSON type is read, also an empty body', async () => {
  const post = echo();
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'application/geo+json',
    'application/merge-patch+json',
  ])
    assert.deepEqual((await post('{"a":[1]}', type)).json(), { got: { a: [1] } }, type);
  assert.deepEqual((await post('')).json(), {});
});

test('text, forms and bodies without a type are refused: pages of any origin may send those unasked', async () => {
  const post = echo();
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'text/plain; x=application/json',
    '',
  ])
    assert.equal((await post('{"a":1}', type)).statusCode, 415, type);
});

test('what is no JSON, nests too deep or reaches into prototypes is refused by name', async () => {
  const post = echo();
  for (const text of [
    '{',
    '{"a":1}}',
    'NaN',
    '\u0000',
    '{"__proto__":{"x":1}}',
    '{"a":{"constructor":{"prototype":{}}}}',
  ]) {
    const answer = await post(text);
    assert.equal(answer.statusCode, 400, text);
    assert.match(answer.json().message, /^the request is no JSON: /);
  }
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  assert.equal((await post(deep(limit('bodyDepth')))).statusCode, 200);
  const tooDeep = await post(deep(limit('bodyDepth') + 1));
  assert.deepEqual([tooDeep.statusCode, tooDeep.json().code], [413, 'LimitExceeded']);
  assert.match(tooDeep.json().message, /FURROW_MAX_BODY_DEPTH/);
  // Without the limit the parser itself would need minutes of stack for this.
  assert.equal((await post('[{"a":'.repeat(1_000_000))).statusCode, 413);
});

test('a body beyond the limit is refused before it is read', async () => {
  const before = process.env.FURROW_MAX_BODY_BYTES;
  process.env.FURROW_MAX_BODY_BYTES = '1000';
  try {
    const post = echo();
    assert.equal((await post(`"${'a'.repeat(998)}"`)).statusCode, 200);
    assert.equal((await post(`"${'a'.repeat(999)}"`)).statusCode, 413);
  } finally {
    if (before === undefined) delete process.env.FURROW_MAX_BODY_BYTES;
    else process.env.FURROW_MAX_BODY_BYTES = before;
  }
});
