import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeHtml } from '../../../kernel/cell/escape-html.ts';
import { checkTableOptions, type TableOptions, tableOf } from '../../../kernel/cell/table.ts';

test('all five characters of HTML are escaped', () => {
  assert.equal(escapeHtml(`<a href="x" title='y'>&`), '&#60;a href=&#34;x&#34; title=&#39;y&#39;&#62;&#38;');
  assert.match(
    tableOf([{ "it's": "'" }]) ?? '',
    /<th style="text-align:left">it&#39;s<\/th>.*<td style="text-align:left">&#39;<\/td>/s,
  );
});

test('columns are those that the rows have themselves, whatever their names', () => {
  const odd = tableOf([JSON.parse('{"__proto__":"shown","constructor":1}'), { toString: 2 }]) ?? '';
  assert.match(
    odd,
    /left">__proto__<\/th><th style="text-align:right">constructor<\/th><th style="text-align:right">toString<\/th>/,
  );
  assert.match(odd, /<td style="text-align:left">shown<\/td><td style="text-align:right">1<\/td><td><\/td>/);
  assert.match(odd, /<tr><th>1<\/th><td><\/td><td><\/td><td style="text-align:right">2<\/td><\/tr>/);
  const map =
    tableOf(
      new Map<string, unknown>([
        ['a', { constructor: 1 }],
        ['b', 2],
      ]),
    ) ?? '';
  assert.doesNotMatch(map, /Function/);
});

/** The texts of a table: of each row its label and its cells. */
function rowsOf(html: string | undefined): string[][] {
  const body = /<tbody>([\s\S]*)<\/tbody>/.exec(html ?? '')?.[1] ?? '';
  return [...body.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell = '']) => cell),
  );
}

/** The lines below a table. */
function notesOf(html: string | undefined): string[] {
  return [...(html ?? '').matchAll(/<small>(.*?)<\/small>/g)].map(([, note = '']) => note);
}

test('lists of lists, typed arrays, maps and sets are tables too', () => {
  assert.deepEqual(rowsOf(tableOf([[1, 'a'], [2]])), [
    ['0', '1', 'a'],
    ['1', '2', ''],
  ]);
  const typed = tableOf(Float32Array.from({ length: 12 }, (_, at) => at / 2));
  assert.deepEqual(rowsOf(typed)[1], ['10', '5', '5.5', '', '', '', '', '', '', '', '']);
  assert.deepEqual(notesOf(typed), ['Float32Array, 12 values, 48 bytes']);
  assert.deepEqual(rowsOf(tableOf(new Map<unknown, unknown>([[{ a: 1 }, 2]]))), [['{ a: 1 }', '2']]);
  assert.deepEqual(rowsOf(tableOf(new Set([{ n: 1 }, { n: 2 }]))), [
    ['0', '1'],
    ['1', '2'],
  ]);
  for (const none of [[], [1, 2], [[]], [[{}]], new Map(), new Set(), Buffer.from('a'), [{}, 1], { a: [1] }])
    assert.equal(tableOf(none), undefined);
});

test('what is left out is told', () => {
  const wide = Object.fromEntries(Array.from({ length: 42 }, (_, at) => [`c${at}`, at]));
  const html = tableOf(Array.from({ length: 2061 }, () => wide));
  assert.equal(rowsOf(html).length, 60);
  assert.equal(rowsOf(html)[0]?.length, 31);
  assert.deepEqual(notesOf(html), ['… 2,001 more rows', '… 12 more columns']);
  assert.deepEqual(notesOf(tableOf(new BigInt64Array(1000))), [
    '… 400 more values',
    'BigInt64Array, 1,000 values, 8,000 bytes',
  ]);
  assert.equal(rowsOf(tableOf([wide, wide, wide], { rows: 2, columns: ['c1', 'none'] }))[1]?.join(), '1,1,');
});

test('nothing of the user runs and nothing breaks out of a cell', () => {
  const forbidden = () => assert.fail('a getter ran');
  const hostile = {
    get bad() {
      return forbidden();
    },
    '<img onerror=x>': '"><script>',
    circle: {} as unknown,
    custom: {
      [Symbol.for('nodejs.util.inspect.custom')]: () => {
        throw new RangeError('no');
      },
    },
    proxy: new Proxy({}, { get: forbidden, ownKeys: forbidden, getOwnPropertyDescriptor: forbidden }),
  };
  hostile.circle = hostile;
  const list = [hostile];
  Object.defineProperty(list, 1, { get: forbidden, enumerable: true });
  const html = tableOf(list) ?? '';
  assert.doesNotMatch(html, /<img|<script/);
  assert.deepEqual(rowsOf(html)[1], ['1', '', '', '', '', '']);
});

test('numbers stand on the right, all else on the left, and no colour is set', () => {
  const html = tableOf([{ n: 1, b: 2n, s: 'x', d: new Date(0) }]) ?? '';
  assert.match(html, /right">1<.*right">2n<.*left">x<.*left">1970-01-01T00:00:00.000Z</);
  assert.doesNotMatch(html, /color|background/);
});

test('a typed array has six digits, whatever its values', () => {
  const html = tableOf(new Float32Array([0.1, 1 / 3, 123456.789, 1e-9, Number.NaN, 16777216]));
  assert.deepEqual(rowsOf(html)[0], ['0', '0.1', '0.333333', '123457', '1e-9', 'NaN', '16777216']);
  assert.match(tableOf(new BigUint64Array([2n ** 60n])) ?? '', /1152921504606846976n/);
});

test('holes are empty rows, and huge or sparse lists cost next to nothing', () => {
  const sparse: unknown[] = [{ a: 1 }];
  sparse[9_999_999] = { a: 2 };
  const started = performance.now();
  assert.deepEqual(rowsOf(tableOf(sparse))[1], ['1', '']);
  assert.deepEqual(notesOf(tableOf(sparse)), ['… 9,999,940 more rows']);
  tableOf(new Map(Array.from({ length: 300_000 }, (_, at) => [at, at])));
  tableOf(new Float64Array(10_000_000));
  assert.ok(performance.now() - started < 1500);
});

test('options that are none are refused', () => {
  for (const options of [
    { rows: -1 },
    { rows: Number.NaN },
    { rows: 1.5 },
    { columns: 'a' },
    { columns: [1] },
  ])
    assert.throws(() => checkTableOptions(options as unknown as TableOptions), { code: 'InvalidArgument' });
  checkTableOptions({ rows: 0, columns: [] });
  checkTableOptions({});
});

test('numbers of a table have six decimals, or six digits where they are smaller than one', () => {
  const { fround } = Math;
  const numbers = [
    fround(0.2357656),
    fround(1e-7),
    5_200_123.456_789_1,
    fround(10.25),
    -fround(2 / 3),
    1e300,
    -0,
    Number.NaN,
  ];
  assert.deepEqual(rowsOf(tableOf([numbers])), [
    ['0', '0.235766', '1e-7', '5200123.456789', '10.25', '-0.666667', '1e+300', '-0', 'NaN'],
  ]);
});
