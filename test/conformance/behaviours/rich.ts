import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { encode } from 'fast-png';
import type { TestKernel } from '../../kernel/client.ts';
import { startBuiltKernel } from '../../support/built-kernel.ts';

type Data = Readonly<Record<string, unknown>>;

const geojson = 'application/geo+json';
const plotly = 'application/vnd.plotly.v1+json';
const vegaLite = 'application/vnd.vegalite.v5+json';
const html = 'text/html';

const hostile = '<img src=x onerror="alert(1)">\'&';
const png = Buffer.from(encode({ width: 3, height: 2, data: new Uint8Array(24) })).toString('base64');
const point = "{ type: 'Point', coordinates: [7.4, 46.9] }";

describe('a result is shown as', () => {
  let kernel: TestKernel;
  before(async () => {
    kernel = await startBuiltKernel({ FURROW_TYPES: 'off' });
    await kernel.run(
      `const png = Buffer.from('${png}', 'base64'); const hostile = ${JSON.stringify(hostile)};`,
    );
  });
  after(() => kernel.stop());

  async function shown(code: string): Promise<{ data: Data; metadata: Data }> {
    const turn = await kernel.run(code);
    assert.equal(turn.reply.status, 'ok', String(turn.reply.evalue));
    const results = turn.of('execute_result') as { data: Data; metadata: Data }[];
    assert.equal(results.length, 1);
    const [result] = results;
    assert.ok(result && typeof result.data['text/plain'] === 'string', 'there is always text');
    return result;
  }

  /** Cells, and what must be shown beside the text: a value, or a pattern that it matches. */
  const rows: Readonly<Record<string, readonly [code: string, type: string, expected: unknown]>> = {
    'what it gives itself': [
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>1</b>' }) })",
      html,
      '<b>1</b>',
    ],
    'what it gives itself later': [
      "({ async [Symbol.for('Jupyter.display')]() { await 1; return { 'text/markdown': '*1*' } } })",
      'text/markdown',
      '*1*',
    ],
    'the image of a Buffer': ['png', 'image/png', png],
    'the image of an ArrayBuffer': ['new Uint8Array(png).buffer', 'image/png', png],
    'the image of a Blob': ['new Blob([png])', 'image/png', png],
    'the image of a GIF': [
      "new Uint8Array([...Buffer.from('GIF89a'), 2, 0, 1, 0, 0, 0, 0, 59])",
      'image/gif',
      /^R0lGODlh/,
    ],
    'a table of records': ["[{ name: 'Bern' }, { name: 'Davos', snow: true }]", html, /<th[^>]*>snow</],
    'a table of lists': ['[[1, 2], [3, 4]]', html, /<td[^>]*>4</],
    'a table of a typed array': ['Float64Array.of(1 / 3, 2)', html, /0\.333333</],
    'a table of a Map': ["new Map([['a', { n: 1 }], ['b', { n: 2 }]])", html, /<t[dh][^>]*>b</],
    'a table of a Set': ["new Set(['one', 'two'])", html, /two/],
    'a table of 60 rows of many': [
      'Array.from({ length: 1e5 }, (_, n) => ({ n }))',
      html,
      /99,940 more rows/,
    ],
    'a figure of plotly': [
      "({ data: [{ type: 'scatter', y: new Float32Array([1, 3]) }], layout: { title: { text: 'a' } } })",
      plotly,
      { data: [{ type: 'scatter', y: [1, 3] }], layout: { title: { text: 'a' } } },
    ],
    'a chart of Vega-Lite': [
      "({ $schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar' })",
      vegaLite,
      { $schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar' },
    ],
    'a chart of Vega': [
      "({ $schema: 'https://vega.github.io/schema/vega/v5.json', marks: [] })",
      'application/vnd.vega.v5+json',
      { $schema: 'https://vega.github.io/schema/vega/v5.json', marks: [] },
    ],
    'GeoJSON of a geometry': [`(${point})`, geojson, { type: 'Point', coordinates: [7.4, 46.9] }],
    'GeoJSON of features': [
      `({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: ${point}, properties: { a: 1n } }] })`,
      geojson,
      {
        type: 'FeatureCollection',
        features: [
          { type: 'Feature', geometry: { type: 'Point', coordinates: [7.4, 46.9] }, properties: { a: 1 } },
        ],
      },
    ],
    'the chart of toSpec()': [
      "new (class { toSpec() { return { mark: 'bar' } } })()",
      vegaLite,
      { mark: 'bar' },
    ],
    'the HTML of toHTML()': ["new (class { toHTML() { return '<i>t</i>' } })()", html, '<i>t</i>'],
    'the image of toDataURL()': [
      "new (class { toDataURL() { return 'data:image/png;base64,' + png.toString('base64') } })()",
      'image/png',
      png,
    ],
    'an element': ["new (class { outerHTML = '<u>t</u>' })()", html, '<u>t</u>'],
    'a drawing': ["new (class { outerHTML = '<svg></svg>' })()", 'image/svg+xml', '<svg></svg>'],
    'a data frame': [
      'new (class { schema = {}; head() { return this } toRecords() { return [{ height: 553 }] } })()',
      html,
      /553/,
    ],
  };
  for (const [name, [code, type, expected]] of Object.entries(rows))
    test(name, async () => {
      const { data } = await shown(code);
      if (expected instanceof RegExp) assert.match(String(data[type]), expected);
      else assert.deepEqual(data[type], expected);
      assert.deepEqual(Object.keys(data).sort(), [type, 'text/plain'].sort());
    });

  test('an image with its size, so that the page does not jump', async () => {
    assert.deepEqual((await shown('png')).metadata, { 'image/png': { width: 3, height: 2 } });
  });

  test('text of bounded size, without colours, and no more', async () => {
    for (const code of [
      "'x'.repeat(1e7)",
      'new Array(1e6).fill({ a: { b: { c: 1 } } }).map((a) => () => a)',
    ]) {
      const { data } = await shown(code);
      assert.ok(String(data['text/plain']).length < 1e6, code);
    }
    const { data } = await shown("({ a: 1n, b: 'text', c: /x/, d: Symbol('s'), e: null })");
    assert.deepEqual(data, { 'text/plain': "{ a: 1n, b: 'text', c: /x/, d: Symbol(s), e: null }" });
  });

  for (const [name, code] of Object.entries({
    'names and values of records': '[{ [hostile]: hostile }]',
    'keys and values of a Map': 'new Map([[hostile, hostile]])',
    'values of a Set': 'new Set([hostile])',
    'values of lists': '[[hostile, hostile]]',
    'names of a class': '[{ a: new ({ [hostile]: class {} }[hostile])() }]',
    'the names of __proto__ and constructor': `[JSON.parse('{"__proto__": 1, "constructor": ' + JSON.stringify(hostile) + '}')]`,
    'what display.table shows': 'display.table([{ a: hostile }])',
  }))
    test(`HTML that escapes ${name}`, async () => {
      const turn = await kernel.run(code);
      const [result] = [...turn.of('execute_result'), ...turn.of('display_data')] as { data: Data }[];
      const text = String(result?.data[html]);
      assert.match(text, /<table/);
      assert.doesNotMatch(text, /<img|onerror="/);
      assert.match(text, /&#60;img|&lt;img/);
    });

  test('text where it is a proxy that answers to every name, and waits for nothing', async () => {
    await kernel.run('const chain = new Proxy(() => chain, { get: () => chain, apply: () => chain });');
    assert.deepEqual(Object.keys((await shown('chain')).data), ['text/plain']);
    const { reply } = await kernel.run('undefined', { user_expressions: { chain: 'chain' } });
    const { chain } = reply.user_expressions as { chain: { status: string } };
    assert.equal(chain.status, 'ok');
  });

  test('text where its own form throws; an error where it is asked for by the symbol', async () => {
    assert.deepEqual(Object.keys((await shown('new (class { toHTML() { throw 1 } })()')).data), [
      'text/plain',
    ]);
    assert.deepEqual(Object.keys((await shown('new Proxy({}, { get() { throw 1 } })')).data), ['text/plain']);
    const failed = await kernel.run(
      "({ [Symbol.for('Jupyter.display')]() { throw new RangeError('mine') } })",
    );
    assert.deepEqual([failed.reply.ename, failed.reply.evalue], ['RangeError', 'mine']);
  });
});
