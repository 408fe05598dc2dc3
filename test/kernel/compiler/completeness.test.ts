import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { completeness } from '../../../kernel/compiler/completeness.ts';

const complete = [
  '',
  '1 + 1',
  "console.log('x')",
  'function f(x: number) { return x*2; }',
  'await Promise.resolve(1)',
  '{ a: 1, b: 2 }',
  '{ const a = 1 }',
  'const x = <T,>(a: T) => a',
  '// comment',
  'import x from "y"',
  '%timeit f()',
  'console?',
];
const incomplete: [string, string][] = [
  ['function f(x: number) {', '  '],
  ['console.log(', '  '],
  ['const s = `abc', ''],
  ["const s = 'abc", ''],
  ['{ a: 1, b:', '  '],
  ['if (x) {\n  foo([', '      '],
  ['/* open', ''],
  ['obj.', ''],
  ['let x =', ''],
  ['const text = `a${[', '    '],
  ["const r = /[(]/;\nfoo('(',", '  '],
  ['class A {\n  b() {\n', '    '],
];
const invalid = ['import = 7q', 'let 1a = ;', 'a)', 'foo(1,,2', '}', "'abc\nx", 'let x = = 1'];

describe('whether a text is a whole cell', () => {
  for (const code of complete) {
    test(`${JSON.stringify(code)} is`, () => {
      assert.deepEqual(completeness(code), { status: 'complete', indent: '' });
    });
  }
  for (const [code, indent] of incomplete) {
    test(`${JSON.stringify(code)} needs more`, () => {
      assert.deepEqual(completeness(code), { status: 'incomplete', indent });
    });
  }
  for (const code of invalid) {
    test(`${JSON.stringify(code)} is invalid`, () => {
      assert.deepEqual(completeness(code), { status: 'invalid', indent: '' });
    });
  }

  test('whatever is typed, a valid cell is never invalid half-way through its lines', () => {
    const cell =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the cell holds the template
      'const a = [\n  1,\n];\nfunction f(x: number) {\n  return `a${\n    x}`;\n}\nfor (const q of a) {\n  f(q);\n}';
    const lines = cell.split('\n');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: lines.length }), (count) => {
        assert.notEqual(completeness(lines.slice(0, count).join('\n')).status, 'invalid');
      }),
    );
  });
});
