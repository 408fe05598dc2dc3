import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { completeness } from '../../../kernel/compiler/completeness.ts';
import { openEnds } from '../../../kernel/compiler/open-ends.ts';

describe('what stands open at the end of a text', () => {
  for (const code of [
    '',
    '1 + 1',
    "const who = await input('your name? '); 'hello ' + who",
    'function f(x: number) { return x * 2; }',
    `const s = \`a \${ \`b \${1}\` } { (\``,
    '"a \\" ("',
    "// it's (\nlet i = 0; i++",
    '/* { */ 1',
    'const x: Array<{ a: string }> = [];',
  ])
    test(`nothing in ${JSON.stringify(code)}, as the parser says`, () => {
      assert.deepEqual(openEnds(code), { status: 'complete', indent: '' });
      assert.equal(completeness(code).status, 'complete');
    });

  for (const [code, indent] of [
    ['function f(x: number) {', '  '],
    ['if (x) {\n  foo([', '      '],
    ['const s = `abc', ''],
    ['const s = `a ${', ''],
    ["const s = 'abc", ''],
    ['/* open', ''],
    ['obj.', ''],
    ['let x =', ''],
    ['const f = () =>', ''],
    ['call(1,', '  '],
  ] as const)
    test(`something in ${JSON.stringify(code)}, as the parser says`, () => {
      assert.deepEqual(openEnds(code), { status: 'incomplete', indent });
      assert.equal(completeness(code).status, 'incomplete');
    });

  test('any text is answered', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (code) => {
        assert.match(openEnds(code).status, /^(in)?complete$/);
      }),
    );
  });
});
