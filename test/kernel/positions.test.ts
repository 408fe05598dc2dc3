import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { namePathAt, wholeNameAt } from '../../kernel/language.ts';
import { countPoints, toOffset, toPoints } from '../../kernel/positions.ts';

test('positions in code points and offsets in UTF-16 units are inverse to each other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const characters = [...text];
      assert.equal(countPoints(text), characters.length);
      for (let at = 0; at <= characters.length; at += 1) {
        const offset = characters.slice(0, at).join('').length;
        assert.equal(toOffset(text, at), offset);
        assert.equal(toPoints(text, offset), at);
      }
    }),
  );
  assert.equal(toOffset('ab', 9), 2);
});

test('a chain of names before the cursor is found, and nothing that would have to run', () => {
  const at = (code: string) => namePathAt(code, code.length);
  assert.deepEqual(at('a.b.cd'), { path: ['a', 'b'], prefix: 'cd', start: 4, end: 6 });
  assert.deepEqual(at('x = a?.b'), { path: ['a'], prefix: 'b', start: 7, end: 8 });
  assert.deepEqual(at('conso'), { path: [], prefix: 'conso', start: 0, end: 5 });
  assert.deepEqual(at(''), { path: [], prefix: '', start: 0, end: 0 });
  for (const code of ['f().a', 'a[0].b', '"text".le', '1.5', 'a.b().c'])
    assert.equal(at(code), undefined, code);
  assert.deepEqual(wholeNameAt('first.second + 1', 8), ['first', 'second']);
  assert.deepEqual(wholeNameAt('first.second + 1', 3), ['first']);
  assert.equal(wholeNameAt('a + ', 4), undefined);
});
