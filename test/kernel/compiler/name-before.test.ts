import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameBefore } from '../../../kernel/compiler/name-before.ts';

test('a name goes back to what is no letter of it', () => {
  assert.equal(nameBefore('a.$b_1 c', 6), '$b_1');
  assert.equal(nameBefore('a.b', 2), '');
  assert.equal(nameBefore('', 0), '');
  assert.equal(nameBefore('name', 2), 'na');
  assert.equal(nameBefore('x=ünï', 5), 'ünï');
  assert.equal(nameBefore('😀\u{1d4d0}\u{1d4d1}', 6), '\u{1d4d0}\u{1d4d1}');
  assert.equal(nameBefore('😀', 2), '');
});
