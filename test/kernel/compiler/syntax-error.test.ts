import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CellSyntaxError, caretExcerpt } from '../../../kernel/compiler/syntax-error.ts';
import { transformCell } from '../../../kernel/compiler/transform.ts';

function refusal(source: string): CellSyntaxError {
  try {
    transformCell(source, { cell: 1 });
  } catch (error) {
    assert.ok(error instanceof CellSyntaxError, `${source} threw ${error}`);
    return error;
  }
  assert.fail(`${source} was accepted`);
}

describe('a cell that is not TypeScript is refused with the place', () => {
  const cases: [string, RegExp, number, number][] = [
    ['let x = = 1', /Expression expected/, 1, 9],
    ['let 1a = ;', /./, 1, 5],
    ['import = 7q', /./, 1, 8],
    ['1;\n  foo(1,,2)', /./, 2, 9],
    ['function f(x: number) {\n  const y = 3;\n', /end of the cell/, 2, 15],
    ['let ok = 1;\nlet t = `open\nmore', /Unterminated template/, 2, 9],
    ["'open", /Unterminated string/, 1, 1],
    ['return 5', /Return/i, 1, 1],
    ['const a: number = 1;\nconst a = 2;', /'a' has already been declared/, 2, 7],
    ["const 日本: string = '日本' ) 3", /./, 1, 25],
    ["const face = '😀' ) 3", /./, 1, 19],
    ['enum A { B }\nreturn 1', /./, 2, 1],
  ];
  for (const [source, message, line, column] of cases) {
    test(JSON.stringify(source), () => {
      const error = refusal(source);
      assert.match(error.message, message);
      assert.deepEqual([error.line, error.column], [line, column], error.excerpt);
      assert.equal(error.name, 'SyntaxError');
    });
  }
});

describe('what could be a magic', () => {
  test('a remainder on a line of its own is none', () => {
    assert.match(transformCell('10\n% 4', { cell: 1 }).code, /^10\n% 4\n/);
  });

  test('one that does not exist is told also below a line that no semicolon ends', () => {
    const { line, message } = refusal('work()\n%tiemit work(1)');
    assert.equal(line, 2);
    assert.match(message, /^There is no magic %tiemit\. The nearest: %timeit/);
  });
});

test('what is too deep to be read is refused in plain words', () => {
  const nested = (open: string, close: string, levels = 20_000) =>
    `let x = ${open.repeat(levels)}1${close.repeat(levels)}`;
  for (const source of [
    Array(20_000).fill('a').join('+'),
    ...[nested('[', ']'), nested('(', ')', 2000), nested('{ a: ', '}'), nested('(', ''), nested('!', '')],
    `let y: ${'Array<'.repeat(5000)}1${'>'.repeat(5000)}`,
  ]) {
    assert.match(refusal(source).message, /^An expression nests too deeply, or has too many terms/);
    // Node's type stripper would read nothing any more once its stack has overflown.
    transformCell('let after: number = 1', { cell: 1 });
  }
});

test('what only looks nested is read', () => {
  const smileys = `const all: string[] = [${"':(', ".repeat(3000)}]`;
  for (const source of [
    smileys,
    `// ${'('.repeat(3000)}\nlet a: 1`,
    `let b: 1 = ${'['.repeat(350)}${']'.repeat(350)}`,
  ])
    transformCell(source, { cell: 1 });
});

describe('the excerpt', () => {
  test('has the line, its number and a caret under the column', () => {
    assert.equal(refusal('let x = 1;\nlet y = = 2').excerpt, '2 | let y = = 2\n  |         ^');
  });

  test('keeps the caret under its character after tabs and wide characters', () => {
    assert.equal(caretExcerpt('\tx', 1, 2), '1 |  x\n  |  ^');
    assert.equal(caretExcerpt("'日本' x", 1, 6), "1 | '日本' x\n  |        ^");
    assert.equal(caretExcerpt('😀x', 1, 3), '1 | 😀x\n  |   ^');
  });

  test('cuts long lines around the column', () => {
    const excerpt = caretExcerpt(`${'a'.repeat(5000)}!${'b'.repeat(5000)}`, 1, 5001);
    const [shown = '', carets = ''] = excerpt.split('\n');
    assert.ok(shown.length < 200);
    assert.equal(shown[carets.indexOf('^')], '!');
  });

  test('never points outside the line', () => {
    assert.equal(caretExcerpt('ab', 1, 99), '1 | ab\n  |   ^');
    assert.equal(caretExcerpt('', 3, 1), '3 | \n  | ^');
  });
});
