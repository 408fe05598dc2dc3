import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { InvalidRequest } from '../../kernel/errors.ts';
import { globMatcher } from '../../kernel/glob.ts';

describe('patterns of the shell', () => {
  const cases: [pattern: string, text: string, matches: boolean][] = [
    ['a-b', 'a-b', true],
    ['*-1', 'x = -1', true],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[!a-c]x', 'dx', true],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[', '[', true],
    ['[]', '[]', true],
    ['[!]', '!', true],
    ['a\\b', 'a\\b', true],
    ['?', '😀', true],
    ['[😀-😂]', '😁', true],
    ['', '', true],
    ['*', '', true],
    ['?', '', false],
    ['*a*b', 'xxaxxbb', true],
    ['*ab*ab', 'abxab', true],
    ['a*', 'ba', false],
  ];
  for (const [pattern, text, wanted] of cases)
    test(`${pattern} ${wanted ? 'matches' : 'does not match'} ${text}`, () =>
      assert.equal(globMatcher(pattern)(text), wanted));

  test('agree with a regular expression on stars and characters', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(word, text, (pattern, subject) => {
        const source = pattern.replaceAll('*', '.*').replaceAll('?', '.');
        assert.equal(globMatcher(pattern)(subject), new RegExp(`^${source}$`).test(subject));
      }),
    );
  });

  test('never go over the same text again and again', () => {
    const started = performance.now();
    assert.equal(globMatcher(`${'*a'.repeat(30)}b`)('a'.repeat(20_000)), false);
    assert.ok(performance.now() - started < 2000);
  });

  test('that are wrong or too long are refused by type', () => {
    assert.throws(() => globMatcher('[z-a]'), InvalidRequest);
    assert.throws(() => globMatcher('*'.repeat(5000)), InvalidRequest);
  });
});
