import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wordsOf } from '../../../../kernel/cell/magics/words.ts';

test('words are divided by the quotes of a shell', () => {
  assert.deepEqual(wordsOf('install  ./a\tb@1'), ['install', './a', 'b@1']);
  assert.deepEqual(wordsOf(`a 'b c' "d \\"e\\" $f" g\\ h i''j ''`), [
    'a',
    'b c',
    'd "e" $f',
    'g h',
    'ij',
    '',
  ]);
  assert.deepEqual(wordsOf('  '), []);
});

test('nothing has another meaning: no variable, pattern, pipe or second command', () => {
  assert.deepEqual(wordsOf('ls $HOME * | a; b && c > d `e`'), [
    ...['ls', '$HOME', '*', '|', 'a;', 'b', '&&', 'c', '>', 'd', '`e`'],
  ]);
});

test('a quote that is left open is told', () => {
  for (const line of ["a 'b", 'a "b', 'a "b\\"', 'a\\']) assert.equal(wordsOf(line), undefined, line);
});

test('whatever is quoted comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      const line = words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' ');
      assert.deepEqual(wordsOf(line), words);
    }),
  );
});
