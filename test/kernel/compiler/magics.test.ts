import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { completeMagic, inspectMagic, magicCompleteness } from '../../../kernel/compiler/magic-help.ts';
import { magicTable } from '../../../kernel/compiler/magic-table.ts';
import { blankMagics, findMagics } from '../../../kernel/compiler/magics.ts';
import { sourceColumn } from '../../../kernel/compiler/source-columns.ts';
import { CellSyntaxError } from '../../../kernel/compiler/syntax-error.ts';
import { timingOptions } from '../../../kernel/compiler/timing-options.ts';
import { transformCell } from '../../../kernel/compiler/transform.ts';

/** The magics of a text as `NAME ARGUMENT`. */
function found(text: string, declared?: (name: string) => boolean): string[] {
  return findMagics(text, declared).map(({ name, argument }) => `${name} ${argument}`.trim());
}

function refusal(source: string): CellSyntaxError {
  try {
    transformCell(source, { cell: 1 });
  } catch (error) {
    assert.ok(error instanceof CellSyntaxError, String(error));
    return error;
  }
  throw assert.fail(`${source} was not refused`);
}

describe('a magic is found where a statement begins', () => {
  const texts: [string, string[]][] = [
    ['%timeit f(x)', ['timeit f(x)']],
    ['  %pwd', ['pwd']],
    ['\ufeff%pwd', ['pwd']],
    ['// first\n%pwd', ['pwd']],
    ['/* first */\n\n%pwd\n%who\n', ['pwd', 'who']],
    ['let a = 1;\n%who', ['who']],
    ['let a = 1\n%npm install x', ['npm install x']],
    ['f()\r\n%timeit -n 5 g()\r\n', ['timeit -n 5 g()']],
    ['function f() {}\n%who', ['who']],
    ['if (a) { b }\n%who', ['who']],
    ['const f = (a) => { return a }\n%timeit f(1)', ['timeit f(1)']],
    [`const s = \`\${[1, \`}\`].length}\`;\n%who`, ['who']],
    ['const r = /[`%]/;\n%who', ['who']],
    ['const t: Array<string> = [];\n%time t.push("a")', ['time t.push("a")']],
    ["%env A=it's\n%env B=`", ["env A=it's", 'env B=`']],
    ['@decorated\nclass A {};\n%who', ['who']],
    ["let open = 'a\n%npm install x", ['npm install x']],
    ['%%bash\necho %who\n%who', ['bash']],
    ['\n  %%html\n<b>', ['html']],
  ];
  for (const [text, magics] of texts) test(JSON.stringify(text), () => assert.deepEqual(found(text), magics));

  const javaScript = [
    'a\n%b',
    '10\n%time',
    'a\n% b',
    'total\n  %time\n  + 1',
    'a = b\n%timeit (c)',
    '`\n%who\n`',
    `\`\${a\n%b}\``,
    '/*\n%who\n*/',
    '// \\\n;`\n%%html`',
    'f(\n%who\n)',
    '[a\n%who]',
    'const o = { a: 1 }\n%who',
    '"\\\n%who"',
    'a %\n%',
    'a\n%in',
    'a\n%time in b',
    '',
    '5 % 3',
    'let template = `\n%timeit ',
    '/* open\n%who',
  ];
  for (const text of javaScript)
    test(`${JSON.stringify(text)} has none`, () => {
      assert.deepEqual(found(text), []);
      assert.equal(blankMagics(text), text);
    });

  test('after a statement without a semicolon, where there is no variable of that name', () => {
    const none = () => false;
    assert.deepEqual(found('const a = { b: 1 }\n%who', none), ['who']);
    assert.deepEqual(found('f()\n%timeit (1 + 2)', none), ['timeit (1 + 2)']);
    assert.deepEqual(found('const who = 2, a = 5\n%who', none), []);
    assert.deepEqual(found('const { who } = x\nwho\n%who', none), []);
    assert.deepEqual(
      found('a\n%who', (name) => name === 'who'),
      [],
    );
    assert.deepEqual(found('a\n%b', none), []);
  });

  test('ten thousand magics are read without going over the text for each', () => {
    const started = performance.now();
    assert.equal(findMagics('%env A=1\nf()\n'.repeat(10_000)).length, 10_000);
    assert.ok(performance.now() - started < 5000);
  });
});

describe('code without magics is unchanged', () => {
  const line = fc.constantFrom(
    'a',
    '%b',
    ' %time',
    '`',
    '${',
    '}',
    '{',
    '(',
    ')',
    ';',
    '/*',
    '*/',
    '// x',
    "'",
    '% b',
    '/re/',
    'f(1)',
    '%%html',
    '%who',
    'let x = 1',
    '%timeit a',
  );
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

  test('a template, a comment or a text keeps what looks like a magic', () => {
    const inside = fc
      .array(fc.constantFrom('%who', '%%html', '%timeit f()', 'a % b', '', '%npm install x'), {
        minLength: 1,
      })
      .map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(inside, (lines) => {
        for (const source of [
          `const t = \`\n${lines}\n\`;`,
          `/*\n${lines}\n*/ 1`,
          `f(\`a\${b}\n${lines}\`)`,
        ]) {
          assert.deepEqual(found(source), []);
          assert.equal(blankMagics(source), source);
        }
      }),
    );
  });

  test('blanking keeps length and lines, and every character outside of magics', () => {
    fc.assert(
      fc.property(text, (source) => {
        const blanked = blankMagics(source);
        assert.equal(blanked.length, source.length);
        assert.deepEqual(blanked.match(/\n/g), source.match(/\n/g));
        const magics = findMagics(source);
        if (magics.length === 0) assert.equal(blanked, source);
        for (let at = 0; at < source.length; at++) {
          const inMagic = magics.some(
            ({ start, lineEnd, bodyStart }) =>
              at >= start && (at < lineEnd || (bodyStart !== undefined && at >= bodyStart)),
          );
          if (!inMagic) assert.equal(blanked[at], source[at]);
        }
        assert.deepEqual(findMagics(blanked), []);
      }),
      { numRuns: 2000 },
    );
  });

  test('the script of a cell in which no line begins with a sign is the same as ever', () => {
    fc.assert(
      fc.property(fc.string(), (source) => {
        fc.pre(!/^\s*%/m.test(source));
        assert.deepEqual(findMagics(source), []);
      }),
    );
  });
});

describe('what is blank', () => {
  const texts: [string, string][] = [
    ['%npm install x\na', ';             \na'],
    ['%timeit -n 3 a.b(c)', ';            a.b(c)'],
    ['%time const a: number = 1', ';     const a: number = 1'],
    ['%%time\nlet a = 1', ';     \nlet a = 1'],
    ['%%bash\nls `', ';     \n    '],
    ['%%timeit -r 2 let a = 1\na', ';             let a = 1\na'],
    ['%timeit a\n(b)', ';        \n(b)'],
  ];
  for (const [source, expected] of texts)
    test(JSON.stringify(source), () => assert.equal(blankMagics(source), expected));

  test('code whose names are its own is left out of what later cells see', () => {
    assert.equal(blankMagics('%%timeit\nlet a = 1', { declaring: true }).trim(), ';');
    assert.match(blankMagics('%time let a = 1', { declaring: true }), /let a = 1/);
  });
});

describe('a magic that cannot be is refused with its place', () => {
  const cells: [string, RegExp, number, number][] = [
    ['1;\n  %tmeit f()', /no magic %tmeit.*%timeit/, 2, 3],
    ['%pip install x', /%npm install/, 1, 1],
    ['%html', /%%html and begins a cell/, 1, 1],
    ['%%who', /%who and stands on a line/, 1, 1],
    ['a;\n%%html\nx', /must be the first line/, 2, 1],
    ['if (a) {\n  %who\n}', /%who works only on a line of its own/, 2, 3],
    ['%timeit', /takes a statement: %timeit/, 1, 1],
    ['%timeit -n 5', /takes a statement/, 1, 1],
    ['%timeit // only a comment', /takes a statement/, 1, 1],
    ['1;\n%timeit -n 5 f(', /Expression expected/, 2, 14],
    ['%timeit } {', /./, 1, 9],
    ['%%timeit', /has no code below/, 1, 1],
    ['%%timeit\nlet x = = 1', /./, 2, 9],
    ["1;\n%time import fs from 'node:fs'", /cannot be timed/, 2, 7],
    ["%%timeit\nimport fs from 'node:fs'", /cannot be timed/, 2, 1],
    ['%%time f()\n1', /takes nothing on its line/, 1, 8],
    ['%time 1\nlet x = = 1', /./, 2, 9],
  ];
  for (const [source, message, line, column] of cells)
    test(JSON.stringify(source), () => {
      const error = refusal(source);
      assert.match(error.message, message);
      assert.deepEqual([error.line, error.column], [line, column], error.excerpt);
      assert.ok(error.excerpt.includes(source.split('\n')[line - 1] ?? ''), error.excerpt);
    });
});

describe('the script of a cell with magics', () => {
  test('has every line where it was, and takes columns back to the source', () => {
    const source = 'let a = 1\n%npm ls\n%timeit -n 2 a.b.c\nthrow a';
    const { code } = transformCell(source, { cell: 901 });
    const lines = code.split('\n');
    assert.match(lines[1] ?? '', /"npm", "ls"/);
    assert.match(lines[2] ?? '', /a\.b\.c/);
    assert.equal(lines[3], 'throw a');
    const column = (lines[2] ?? '').indexOf('a.b.c') + 1;
    assert.equal(sourceColumn(901, 3, column), '%timeit -n 2 '.length + 1);
    assert.equal(sourceColumn(901, 2, 40), 1);
  });

  test('keeps each value of timed code, so that none is optimised away', () => {
    const kept = (source: string) =>
      [...transformCell(source, { cell: 1 }).code.matchAll(/\.kept = \((.*?)\)(?=[; \n])/g)].map(
        ([, value]) => value,
      );
    assert.deepEqual(kept('%timeit a * 2'), ['a * 2']);
    assert.deepEqual(kept('%timeit { a }'), ['{ a }']);
    assert.deepEqual(kept('%timeit let b: number = 1; b; c;'), ['b', 'c']);
    assert.deepEqual(kept('%%timeit let a = 1\nlet b = 2\na + b // sum'), ['a + b']);
  });

  test('says that a cell is timed', () => {
    assert.equal(transformCell('%%time\n1', { cell: 1 }).timed, true);
    assert.equal(transformCell('%time 1', { cell: 1 }).timed, false);
    assert.equal(transformCell('1', { cell: 1 }).timed, false);
  });
});

describe('help with magics', () => {
  const matches = (code: string, cursor = code.length): readonly string[] | undefined =>
    completeMagic(code, cursor)?.matches;

  test('offers names at the start of a line, cell magics at that of a cell', () => {
    assert.deepEqual(matches('%ti'), ['%timeit', '%time']);
    assert.deepEqual(matches('%%ti'), ['%%timeit', '%%time']);
    assert.ok(matches('%')?.includes('%%html'));
    assert.deepEqual(matches('let a = 1\n  %wh'), ['%who', '%whos']);
    assert.ok(!matches('let a = 1\n%')?.includes('%%html'));
  });

  test('replaces the whole name', () => {
    const { start, end } = completeMagic('1;\n%tim x', 6) ?? {};
    assert.deepEqual([start, end], [3, 7]);
  });

  test('offers what a magic takes, and no names of the cell', () => {
    assert.ok(matches('%npm ')?.includes('install'));
    assert.deepEqual(matches('%npm uni'), ['uninstall']);
    assert.deepEqual(matches('%npm install lo'), []);
    assert.deepEqual(matches('%types s'), ['strict']);
    assert.equal(completeMagic('%env PA', 7)?.environment, true);
    assert.deepEqual(matches('%%bash\nec'), []);
  });

  test('leaves code alone', () => {
    for (const code of ['a %', 'f(a,\n%b', '`\n%ti', '%timeit pro', '%%time\npro', '5 % ti'])
      assert.equal(matches(code), undefined, code);
  });

  test('explains every magic', () => {
    for (const [name, { kinds, help }] of Object.entries(magicTable)) {
      const code = `${kinds[0] === 'cell' ? '%%' : '%'}${name}`;
      assert.ok(inspectMagic(code, code.length)?.['text/plain']?.includes(help), name);
    }
    assert.equal(inspectMagic('%timeit f(x)', 10), undefined);
    assert.ok(inspectMagic('%npm install x', 10));
  });

  test('a cell magic is whole after an empty line', () => {
    const status = (code: string) => magicCompleteness(code)?.status;
    assert.equal(status('%%bash'), 'incomplete');
    assert.equal(status('%%bash\n'), 'incomplete');
    assert.equal(status('%%bash\nls'), 'incomplete');
    assert.equal(status('%%bash\nls\n'), 'complete');
    assert.equal(status('%%bash\nls\n\n'), 'complete');
    assert.equal(status('%%bash\nls\n\nls'), 'incomplete');
    assert.equal(status('%who'), undefined);
    assert.equal(status('let a'), undefined);
  });

  test('options of %timeit are told from a statement', () => {
    assert.deepEqual(timingOptions('-n 10 -r3 f()'), { loops: 10, runs: 3, length: 10 });
    assert.deepEqual(timingOptions('-x'), { loops: undefined, runs: undefined, length: 0 });
    assert.deepEqual(timingOptions('-n f'), { loops: undefined, runs: undefined, length: 0 });
  });
});
