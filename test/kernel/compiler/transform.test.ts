import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { describeFailure } from '../../../kernel/cell/failure.ts';
import { leadingBrace } from '../../../kernel/compiler/object-literal.ts';
import { sourceColumn } from '../../../kernel/compiler/source-columns.ts';
import { transformCell } from '../../../kernel/compiler/transform.ts';
import { openRepl } from './repl-context.ts';

/** Runs the cells one after the other in one scope and gives the outcome of the last. */
async function run(...cells: string[]) {
  using repl = openRepl({ m: { default: 'default', a: 1, b: 2, T: undefined } });
  for (const cell of cells.slice(0, -1)) {
    const { error } = await repl.run(cell);
    assert.equal(error, undefined, `${cell}: ${error}`);
  }
  return await repl.run(cells.at(-1) ?? '');
}

describe('the result of a cell', () => {
  const results: [string, unknown][] = [
    ['1 + 1', 2],
    ['1 + 1;', 2],
    ['1 + 1;;\n// done', 2],
    ['const n: number = 4;\nn * 2 as number', 8],
    ['await new Promise<number>(r => setTimeout(() => r(42), 1))', 42],
    ['{ a: 1 }', { a: 1 }],
    ['{ a: 1, b: [2] } // an object', { a: 1, b: [2] }],
    ['/* first */ {}', {}],
    ['{ a: 1 }.a', 1],
    ['{ const inside = 1; inside }', undefined],
    ['5; const last = 1', undefined],
    ['5; function last() {}', undefined],
    ['for (let i = 0; i < 3; i++) i', undefined],
    ['', undefined],
    ['// only a comment', undefined],
    ['export default 7', 7],
    ['let before = 1\nexport default { before }', { before: 1 }],
    ['export default (1, 2)', 2],
    ['export default ({ a: 1 });', { a: 1 }],
    ['let open = 1\nexport /* the */ default[open].length // items', 1],
    ['export default (await (async () => 5)())', 5],
    ['type A = string;\ninterface B { x: A }\n"types"', 'types'],
    ['const pair = <T, U>(a: T, b: U): [T, U] => [a, b];\npair<number, string>(1, "x")', [1, 'x']],
    ['const twice = (x) => x * 2;\ntwice<number>(4)', 8],
    ['const 日本 = 2; 日本 + 1', 3],
    ['\ufeff1 + 2', 3],
    ['"a"\r\n"b"\r\n', 'b'],
  ];
  for (const [source, value] of results) {
    test(`${JSON.stringify(source)} gives ${JSON.stringify(value)}`, async () => {
      assert.deepEqual(await run(source), { value });
    });
  }

  test('is undefined where the cell does not end with an expression', async () => {
    for (const source of ['1; let x = 1', '1; for (const y of [2]) y', ';'])
      assert.deepEqual(await run(source), { value: undefined });
  });

  test('many comments in front of a cell are read once', () => {
    for (const comments of ['/* a */\n'.repeat(40), '/**/'.repeat(50_000), '// a /* b */\n'.repeat(5000)]) {
      const started = performance.now();
      assert.equal(leadingBrace(`${comments}{`), comments.length);
      assert.equal(leadingBrace(`${comments}x`), -1);
      assert.ok(performance.now() - started < 1000);
    }
    assert.equal(leadingBrace('/* { '), -1);
    assert.equal(leadingBrace('/* * /{*/ {'), 10);
  });
});

describe('what is taken out or put in', () => {
  test('leaves the statements around it apart', async () => {
    const module = "import { a } from 'm'";
    assert.deepEqual(await run(`let list = [1, 2]\n${module}\n[0].length\nlist`), { value: [1, 2] });
    assert.deepEqual(await run('let five = 5\nexport { five }\n(6)\nfive'), { value: 5 });
  });

  test('leaves directives and a first line with #! in front', async () => {
    const strict = '(function () { return this })() === undefined';
    assert.deepEqual(await run(`'use strict'\nimport { a } from 'm'\n${strict}`), { value: true });
    assert.deepEqual(await run(`'use strict'; late(); ${strict}; function late() {}\n${strict}`), {
      value: true,
    });
    assert.deepEqual(await run('#!/usr/bin/env node\nlet n = late(); function late() { return 3 }\nn'), {
      value: 3,
    });
  });

  test('does not depend on names that cells may declare', async () => {
    assert.deepEqual(await run('class Symbol {}', "import { a } from 'm'\nusing b = null; a"), { value: 1 });
  });
});

describe('declarations', () => {
  test('a var that a hoisted function reads is undefined before its place, as ever', async () => {
    const early = 'var early = read(); function read() { return typeof early }\nearly';
    assert.deepEqual(await run(early), { value: 'undefined' });
    const later =
      'var later = read2(); function read2() { return read3() } function read3() { return typeof later }';
    assert.deepEqual(await run(`${later}\nlater`), { value: 'undefined' });
  });

  test('using takes a list of expressions in parentheses for its last', async () => {
    using repl = openRepl();
    await repl.run('using a = (1, null)');
    assert.equal(JSON.stringify(repl.used), '[[null,"using"]]');
  });

  test('a function can replace itself', async () => {
    const once = 'function once() { once = () => 2; return 1 }';
    assert.deepEqual(await run(`${once}\n[once(), once(), once.name]`), { value: [1, 2, 'once'] });
    const pattern = 'async function* many() { [many] = [5]; }';
    assert.deepEqual(await run(`${pattern}\nawait many().next(); many`), { value: 5 });
    assert.deepEqual(await run('function count() { return typeof count }', 'count()'), { value: 'function' });
  });

  const kinds = {
    const: 'const x = 1',
    let: 'let x = 1',
    var: 'var x = 1',
    class: 'class x { static n = 1 }',
    function: 'function x() { return 1 }',
    async: 'async function x() {}',
    'hoisted function': 'x(); function x() {}',
    enum: 'enum x { A }',
    namespace: 'namespace x { export const a = 1 }',
    'used namespace': 'namespace x { export const a = 1 }\nx.a',
    'assigned let': 'let x; x = 4',
    import: "import { a as x } from 'm'",
    'exported const': 'export const x = 1',
    'default function': 'export default function x() {}',
    pattern: 'const [{ y: x = 3 }] = [{}]',
    using: 'using x = null',
    'await using': 'await using x = null',
    'decorated class': '@((value: unknown) => value)\nclass x {}',
    'required module': "import x = require('m')",
    type: 'type x = string',
    interface: 'interface x { a: string }',
    'imported type': "import type { T as x } from 'm'",
  };
  for (const [first, before] of Object.entries(kinds)) {
    test(`${first} can be declared again as anything`, async () => {
      for (const after of Object.values(kinds)) {
        const { error } = await run(before, after, 'typeof x');
        assert.equal(error, undefined, `${before} then ${after}: ${error}`);
      }
    });
  }

  test('types and interfaces leave nothing behind', async () => {
    assert.deepEqual(await run('type x = 1', 'interface x { a: 1 }', 'let x = 3', 'x'), { value: 3 });
  });

  test('using hands each value to the kernel, with its kind, and keeps columns', async () => {
    using repl = openRepl();
    await repl.run('using a = 1 + 1, b = null;\nawait  using c = [a]; { using inner = null }');
    assert.deepEqual(JSON.stringify(repl.used), '[[2,"using"],[null,"using"],[[2],"await using"]]');
    assert.deepEqual(await repl.run('[a, b, c]'), { value: [2, null, [2]] });
    assert.match(transformCell('await using abc = f', { cell: 1 }).code, /^let {9}abc = /);
  });

  const marks = `const seen: string[] = [];
function mark(value: any, context: { kind: string; name: any }) { seen.push(context.kind + ' ' + String(context.name)); }
`;
  test('decorators work on classes, members, fields and accessors', async () => {
    const cell = `${marks}@mark
class A<T> {
  @mark x: number = 1;
  @mark static y = 2;
  @mark accessor z = 3;
  constructor(public q = 4) {}
  @mark m(): T | number { return this.x + this.q; }
}
enum E { One = 1 }
[new A<string>().m(), E.One, seen]`;
    assert.deepEqual(await run(cell), {
      value: [5, 1, ['accessor z', 'method m', 'field y', 'field x', 'class A']],
    });
    const replaced =
      'const twice = (f: () => number) => () => 2 * f();\nexport class B { @twice n() { return 4 } }';
    assert.deepEqual(await run(cell, replaced, 'new B().n() + new A().m()'), { value: 13 });
  });

  test('functions can be called above their place and know their name', async () => {
    const source =
      'const early = later(2);\nfunction later(n: number): number { return n * 2 }\n[early, later.name]';
    assert.deepEqual(await run(source), { value: [4, 'later'] });
  });

  test('functions of one cell can call one another', async () => {
    const source =
      'function even(n) { return n === 0 || odd(n - 1) }\nfunction odd(n) { return n > 0 && even(n - 1) }';
    assert.deepEqual(await run(source, 'even(10)'), { value: true });
  });

  test('a var can be declared twice', async () => {
    assert.deepEqual(await run('var v = 1; var v = 2; for (var v = 5; v < 9; v++) {}', 'v'), { value: 9 });
  });

  test('a function followed by a parenthesis on the next line is not called', async () => {
    assert.deepEqual(await run('function f() { return 1 }\n(() => 2)()'), { value: 2 });
  });

  test('an enum starts anew, and const enums, merged enums and nested namespaces work', async () => {
    assert.deepEqual(await run('enum E { A }', 'enum E { B }', 'Object.keys(E)'), { value: ['0', 'B'] });
    assert.deepEqual(await run('const enum C { A = 4 }', 'C.A'), { value: 4 });
    assert.deepEqual(await run('enum M { A }\nenum M { B = 1 }\nM.A + M.B'), { value: 1 });
    assert.deepEqual(await run('namespace N.P { export const a = 1 }\nN.P.a'), { value: 1 });
    assert.deepEqual(
      await run('namespace N { export let a = 1 }\nnamespace N { export let b = N.a + 1 }\nN.b'),
      {
        value: 2,
      },
    );
  });
});

describe('modules', () => {
  const imports: [string, unknown][] = [
    ["import d from 'm'; d", 'default'],
    ["import { a, b as c } from 'm'\n[a, c]", [1, 2]],
    ["import { 'a' as quoted } from 'm'; quoted", 1],
    ["import d, { a } from 'm'; [d, a]", ['default', 1]],
    ["import * as ns from 'm'; ns.b", 2],
    ["import d, * as ns from 'm'; d + ns.a", 'default1'],
    ["import { type T, a } from 'm'; const t: T = a; t", 1],
    ["[a];\nimport { a } from 'm'", undefined],
    ["const before = a + 1;\nimport {\n  a,\n} from 'm'; before", 2],
    ["(await import('m')).b", 2],
    ["(await import(/* why */ 'm')).b", 2],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the cell holds the template
    ["`${(await import('m')).a} import('x')`", "1 import('x')"],
    ['import.meta.url', 'file:///notebook'],
    ["import 'm'", undefined],
    ["export * from 'm'; export { a } from 'm'; export {}", undefined],
    ['export const x = 1, y = x + 1; export { y as z }; y', 2],
    ["const load = () => import('m'); (await load()).a", 1],
  ];
  for (const [source, value] of imports) {
    test(JSON.stringify(source), async () => assert.deepEqual(await run(source), { value }));
  }

  test('what is imported can be used in later cells and imported again', async () => {
    assert.deepEqual(await run("import { a } from 'm'", "import { b as a } from 'm'", 'a'), { value: 2 });
  });

  test('import attributes reach the loader; type-only imports do not', async () => {
    using repl = openRepl({ './x.json': { default: { n: 1 } } });
    await repl.run("import type { Q } from 'q'; import x from './x.json' with { type: 'json' }");
    await repl.run("await import('./x.json', { with: { type: 'json' } })");
    const json = ['./x.json', { with: { type: 'json' } }];
    assert.equal(JSON.stringify(repl.imported), JSON.stringify([json, json]));
    assert.deepEqual(await repl.run('x.n'), { value: 1 });
  });

  test('text that only looks like module syntax is left alone', async () => {
    const words = fc.constantFrom(
      "import('x')",
      'import x from "y"',
      'export const z = 1',
      'import.meta',
      '//',
      '/*',
      '*/',
      '`',
      "'",
      '"',
      '\\',
      '${',
      '}',
      '\n',
      ' ',
      'enum A {}',
      '<T>',
      ': number',
      '%time',
    );
    const texts = fc.array(words, { maxLength: 12 }).map((parts) => parts.join(''));
    using repl = openRepl();
    const quoted = (text: string) => text.replace(/[\\`$]/g, '\\$&');
    await fc.assert(
      fc.asyncProperty(texts, texts, texts, async (string, template, comment) => {
        const source = [
          `const string: string = ${JSON.stringify(string)};`,
          `/* ${comment.replaceAll('*', '')} */ const template = \`${quoted(template)}\`; // ${comment.replaceAll('\n', '')}`,
          `const regex = new RegExp(/[/'"\`]import\\('x'\\)\`/.source);`,
          '[string, template, regex.source]',
        ].join('\n');
        const { value, error } = await repl.run(source);
        assert.equal(error, undefined);
        assert.deepEqual(value, [string, template, "[/'\"`]import\\('x'\\)`"]);
      }),
      { numRuns: 150 },
    );
    assert.deepEqual(repl.imported, []);
  });
});

describe('what a cell cannot have is said in plain words', () => {
  const refused: [string, RegExp, number, number][] = [
    ['const a = 1;\nreturn a', /its last expression is its result/, 2, 1],
    ['return a as number', /its last expression is its result/, 1, 1],
    ['const a = <div className="x"/>', /Cells are TypeScript, not TSX/, 1, 11],
    ['const a = <div>text here</div>', /Cells are TypeScript, not TSX/, 1, 11],
    ['const a = <><b>1</b></>', /Cells are TypeScript, not TSX/, 1, 11],
    ['const x = 1;\nconst x = 2', /already been declared/, 2, 7],
    ['await = 1', /./, 1, 1],
  ];
  for (const [source, message, line] of refused)
    test(JSON.stringify(source), () => {
      assert.throws(() => transformCell(source, { cell: 1 }), { name: 'SyntaxError', message, line });
    });

  test('and a comparison is no element', () => {
    assert.throws(
      () => transformCell('if (a < b && c > d', { cell: 1 }),
      (error: Error) => !/TSX/.test(error.message),
    );
  });
});

test('strict code, labels and with are as in a script or a module', async () => {
  assert.deepEqual(await run('outer: for (const a of [1, 2]) { for (;;) { continue outer } }\n5'), {
    value: 5,
  });
  assert.deepEqual(await run("'use strict'; (function () { return this })()"), { value: undefined });
  assert.deepEqual(await run('const o = { a: 1 } satisfies { a: number };\no.a'), { value: 1 });
});

test('a cell of a megabyte is ready in a moment', () => {
  const line = 'const value_N: number[] = [1, 2, 3].map((x: number) => x * N);\n';
  const lines = (text: string) => {
    let source = '';
    for (let n = 0; source.length < 1_000_000; n++) source += text.replaceAll('N', String(n));
    return source;
  };
  for (const source of [
    lines(line),
    lines('var v_N = N;\n'),
    lines('if (a < N) b = N;\n'),
    `[${'1,'.repeat(500_000)}]`,
  ]) {
    const started = performance.now();
    transformCell(source, { cell: 1 });
    const took = performance.now() - started;
    assert.ok(took < 8000, `${took} ms for ${source.slice(0, 60)}`);
  }
});

describe('lines and columns', () => {
  const pieces = [
    'const a1: number = 1;',
    'interface I {\n  x: number;\n}',
    'function f1(x: number): number {\n  return x;\n}',
    "import {\n  a,\n  type T,\n} from 'm';",
    'export const e1 = `two\nlines`;',
    'enum E1 {\n  A,\n  B = 4,\n}',
    'class K1 {\n  constructor(\n    public x = 1,\n    private y = 2,\n  ) {}\n}',
    'namespace N1 {\n  export const q = [\n    1,\n  ];\n}',
    '// a comment',
    '',
    'const o1 = {\n  a: 1,\n};',
    "const late = await import('m');",
    'const c1 = <any>a;',
    'const d1 = (value: unknown) => {};\n@d1\nclass D1 {\n  @d1\n  x = 1;\n}',
    'using u1 = null;',
  ];

  test('an error stands on the line of the cell that threw it, whatever is around', async () => {
    using repl = openRepl({ m: { a: 1 } });
    const indices = fc.uniqueArray(fc.nat(pieces.length - 1), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(indices, fc.nat(8), async (chosen, at) => {
        const parts = chosen.map((index) => pieces[index] ?? '');
        const place = Math.min(at, parts.length);
        const lines = parts.toSpliced(place, 0, "throw new RangeError('here');").join('\n');
        const expected = lines.split('\n').indexOf("throw new RangeError('here');") + 1;
        const { error, line } = await repl.run(lines);
        if (error?.startsWith('ReferenceError')) return; // <any>a without the import of a
        assert.equal(error, 'RangeError: here');
        assert.equal(line, expected, lines);
      }),
      { numRuns: 150 },
    );
  });

  test('columns of the source can be had where code had to move', async () => {
    using repl = openRepl({ m: { a: 1, b: 2 } });
    for (const source of [
      "import { a } from 'm'; const { b } = await import('m'); throw new Error('x')",
      "function f() { throw new Error('x') } f()",
      "f(); function f() { throw new Error('x') }",
      "throw new Error('x')",
    ]) {
      const { line, column } = await repl.evaluate(transformCell(source, { cell: 1 }).code);
      assert.equal(line, 1);
      assert.equal(sourceColumn(1, 1, column ?? 0), source.indexOf('new Error') + 1, source);
    }
    const object = transformCell('{ a: missing }', { cell: 2 });
    assert.equal(sourceColumn(2, 1, object.code.indexOf('missing') + 1), 6);
    assert.equal(sourceColumn('never run', 1, 9), 9);
  });

  test('a traceback has the columns of the source', () => {
    transformCell("function f() { throw new Error('x') }", { cell: 7 });
    const error = new Error('x');
    error.stack = `Error: x\n    at f (cell-7.ts:1:30)\n    at cell-8.ts:1:1`;
    assert.deepEqual(describeFailure(error).traceback, [
      'Error: x',
      '    at f (cell 7:1:22)',
      '    at cell 8:1:1',
    ]);
  });

  test('the script is named after the cell', () => {
    const { code } = transformCell('1', { cell: 12 });
    assert.match(code, /\/\/# sourceURL=cell-12\.ts$/);
  });
});
