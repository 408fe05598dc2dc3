import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { encode } from 'fast-png';
import { bundleOf } from '../../../kernel/cell/bundle.ts';

const display = Symbol.for('Jupyter.display');
const png = encode({ width: 3, height: 2, data: new Uint8Array(24) });

/** The MIME types and data of a value. */
async function dataOf(value: unknown): Promise<Readonly<Record<string, unknown>>> {
  return (await bundleOf(value)).data;
}

describe('an object that shows itself', () => {
  test('gives its bundle at once or later, with bytes as base64', async () => {
    class Mine {
      [display] = () => ({ 'text/html': '<b>1</b>', 'image/png': png });
    }
    assert.deepEqual(await dataOf(new Mine()), {
      'text/html': '<b>1</b>',
      'image/png': Buffer.from(png).toString('base64'),
      'text/plain': '[Mine]',
    });
    assert.deepEqual(await dataOf({ [display]: async () => ({ 'text/plain': 'late' }) }), {
      'text/plain': 'late',
    });
  });

  test('may hold typed arrays, dates and big integers in its JSON', async () => {
    const spec = { a: new Float32Array([1, Number.NaN]), b: new Date(0), c: 3n, d: () => 1 };
    const data = await dataOf({ [display]: () => ({ 'application/json': spec }) });
    assert.deepEqual(data['application/json'], { a: [1, null], b: '1970-01-01T00:00:00.000Z', c: 3 });
  });

  test('passes on what its method throws, and says what is no bundle', async () => {
    const thrown = new RangeError('mine');
    const throwing = () => {
      throw thrown;
    };
    assert.throws(() => bundleOf({ [display]: throwing }), thrown);
    await assert.rejects(async () => bundleOf({ [display]: async () => throwing() }), thrown);
    for (const wrong of [1, 'html', null, ['text/html'], { html: 'x' }])
      assert.throws(() => bundleOf({ [display]: () => wrong }), /MIME/);
  });

  test('may be a proxy; a proxy that answers to every name is text', async () => {
    const frame = new Proxy(
      {},
      { get: (_, name) => (name === display ? () => ({ 'text/html': 'f' }) : undefined) },
    );
    assert.equal((await dataOf(frame))['text/html'], 'f');
    const chain: unknown = new Proxy(() => chain, { get: () => chain, apply: () => chain });
    assert.deepEqual(Object.keys(await dataOf(chain)), ['text/plain']);
  });
});

describe('images', () => {
  test('are shown from bytes of every kind, with their size', async () => {
    const { buffer } = new Uint8Array(png);
    for (const bytes of [png, Buffer.from(png), buffer, new Blob([new Uint8Array(png)])]) {
      const { data, metadata } = await bundleOf(bytes);
      assert.equal(data['image/png'], Buffer.from(png).toString('base64'));
      assert.deepEqual(metadata, { 'image/png': { width: 3, height: 2 } });
    }
  });

  test('other bytes are a table or text', async () => {
    assert.match(String((await dataOf(new Uint8Array([1, 2])))['text/html']), /Uint8Array, 2 values/);
    assert.deepEqual(Object.keys(await dataOf(Buffer.from('abc'))), ['text/plain']);
    assert.match(String((await dataOf(new Blob(['abc'])))['text/plain']), /Blob/);
  });
});

describe('charts and maps', () => {
  const feature = {
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [1, 2] },
    properties: { a: 1n },
  };
  const shown: [string, unknown, string][] = [
    [
      'a figure',
      { data: [{ type: 'bar', x: new Uint8Array([1]), y: [2] }] },
      'application/vnd.plotly.v1+json',
    ],
    ['a scatter', { data: [{ x: [1], y: [2] }], layout: {} }, 'application/vnd.plotly.v1+json'],
    [
      'a chart',
      { $schema: 'https://vega.github.io/schema/vega-lite/v5.21.0.json', mark: 'bar' },
      'application/vnd.vegalite.v5+json',
    ],
    [
      'a newer chart',
      { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', mark: 'bar' },
      'application/vnd.vegalite.v6+json application/vnd.vegalite.v5+json',
    ],
    [
      'a newer Vega chart',
      { $schema: 'https://vega.github.io/schema/vega/v6.1.json' },
      'application/vnd.vega.v6+json application/vnd.vega.v5+json',
    ],
    [
      'a Vega chart',
      { $schema: 'https://vega.github.io/schema/vega/v5.json' },
      'application/vnd.vega.v5+json',
    ],
    ['a feature', feature, 'application/geo+json'],
    ['a collection', { type: 'FeatureCollection', features: [feature] }, 'application/geo+json'],
    ['no features', { type: 'FeatureCollection', features: [] }, 'application/geo+json'],
    ['a geometry', { type: 'Polygon', coordinates: [[[0, 0]]] }, 'application/geo+json'],
    ['geometries', { type: 'GeometryCollection', geometries: [feature.geometry] }, 'application/geo+json'],
    [
      'a chart builder',
      new (class {
        toSpec() {
          return { mark: 'bar' };
        }
      })(),
      'application/vnd.vegalite.v5+json',
    ],
    [
      'a table of arquero',
      new (class {
        toHTML() {
          return '<table></table>';
        }
      })(),
      'text/html',
    ],
    [
      'an SVG element',
      new (class {
        get outerHTML() {
          return '<svg></svg>';
        }
      })(),
      'image/svg+xml',
    ],
    [
      'a canvas',
      new (class {
        toDataURL() {
          return `data:image/png;base64,AAAA`;
        }
      })(),
      'image/png',
    ],
    [
      'a data frame',
      new (class {
        schema = {};
        head() {
          return this;
        }
        toRecords() {
          return [{ a: 1 }];
        }
      })(),
      'text/html',
    ],
  ];
  for (const [what, value, type] of shown)
    test(`${what} is shown as ${type}, and as text`, async () => {
      assert.deepEqual(Object.keys(await dataOf(value)), [...type.split(' '), 'text/plain']);
    });

  const circle = () => {
    const properties: Record<string, unknown> = {};
    properties.self = properties;
    return { ...feature, properties };
  };
  const text: [string, unknown][] = [
    ['data without traces', { data: [] }],
    ['an answer of a server', { data: [{ type: 'user', id: 1 }] }],
    ['numbers called data', { data: [1, 2, 3], layout: {} }],
    ['another schema', { $schema: 'https://json-schema.org/draft/2020-12/schema' }],
    ['something of a type', { type: 'Feature' }],
    ['a point without numbers', { type: 'Point', coordinates: ['a'] }],
    ['a circle', circle()],
    [
      'a throwing builder',
      new (class {
        toHTML() {
          throw new RangeError('no');
        }
      })(),
    ],
    [
      'an element without a text',
      new (class {
        outerHTML = 4;
      })(),
    ],
  ];
  for (const [what, value] of text)
    test(`${what} is text`, async () => assert.deepEqual(Object.keys(await dataOf(value)), ['text/plain']));

  test('a figure of typed arrays has lists in it', async () => {
    const data = await dataOf({ data: [{ type: 'scatter', x: new Float64Array([1, 2]) }] });
    assert.deepEqual(data['application/vnd.plotly.v1+json'], { data: [{ type: 'scatter', x: [1, 2] }] });
  });

  test('what would stop a browser is not sent unasked', async () => {
    const data = await dataOf({ data: [{ type: 'scatter', y: new Float64Array(1_000_000) }] });
    assert.deepEqual(Object.keys(data), ['text/plain']);
  });
});

describe('text', () => {
  class Point {
    x = 1;
  }
  const texts: [unknown, string | RegExp][] = [
    [new Point(), 'Point { x: 1 }'],
    [Point, '[class Point]'],
    [() => 1, '[Function (anonymous)]'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new URL('http://a/b'), /href: 'http:\/\/a\/b'/],
    [new WeakMap(), 'WeakMap { <items unknown> }'],
    [Promise.resolve(1), /^Promise \{\s+1/],
    ['\u001b[31mred', "'\\x1B[31mred'"],
    [{ [inspect.custom]: () => '\u001b[31mred\u001b[39m' }, 'red'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [-0, '-0'],
  ];
  for (const [value, expected] of texts)
    test(`of ${inspect(value).slice(0, 40)}`, async () => {
      const text = String((await dataOf(value))['text/plain']);
      if (typeof expected === 'string') assert.equal(text, expected);
      else assert.match(text, expected);
    });

  test('of an error is its traceback', async () => {
    const error = Object.assign(new TypeError('bad', { cause: 'why' }), { code: 'E1' });
    error.stack = `TypeError: bad\n    at f (cell-3.ts:1:2)\n    at node:inspector:1:1`;
    assert.equal(
      (await dataOf(error))['text/plain'],
      "TypeError: bad\n    at f (cell 3:1:2)\n    { code: 'E1' }\ncaused by 'why'",
    );
  });

  test('of what is huge is short and soon there', async () => {
    const names = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`name${at}`, { at }]));
    const deep = (depth: number): unknown =>
      depth === 0 ? 1 : Array.from({ length: 90 }, () => deep(depth - 1));
    const values = [
      names,
      { names },
      deep(3),
      new Map(Object.entries(names)),
      'x'.repeat(10_000_000),
      [names],
    ];
    for (const value of values) {
      const started = performance.now();
      const text = String((await dataOf(value))['text/plain']);
      assert.ok(text.length < 110_000, `${text.length} characters`);
      assert.ok(performance.now() - started < 1500, `${performance.now() - started} ms`);
    }
    assert.match(String((await dataOf(names))['text/plain']), /199800 more names/);
  });

  test('of an object whose names or text throw is told all the same', async () => {
    const throwing = () => {
      throw new RangeError('no');
    };
    const odd = { [inspect.custom]: throwing, a: 1 };
    assert.match(String((await dataOf(odd))['text/plain']), /a: 1/);
    const named = Object.create({
      get constructor() {
        return throwing();
      },
    }) as object;
    assert.equal(typeof (await dataOf(named))['text/plain'], 'string');
    assert.equal(typeof (await dataOf(Proxy.revocable({}, {}).proxy))['text/plain'], 'string');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.equal((await dataOf(proxy))['text/plain'], '<Revoked Proxy>');
    assert.equal(typeof (await dataOf([proxy]))['text/plain'], 'string');
  });
});

test('what is shown of a value never depends on what it says of its own kind', async () => {
  const tagged = {
    a: 1,
    get [Symbol.toStringTag](): string {
      throw new RangeError('no');
    },
  };
  assert.match(String((await dataOf(tagged))['text/plain']), /^\{?/);
  assert.match(String((await dataOf([tagged]))['text/html']), /<td [^>]*>1</);
  const kind = Object.defineProperty(new Uint16Array(3), 'constructor', {
    get() {
      throw new RangeError('no');
    },
  });
  assert.match(String((await dataOf(kind))['text/html']), /Uint16Array, 3 values/);
});

test('bytes that were handed to another thread are shown as text', async () => {
  const bytes = new Uint8Array([1, 2]);
  const { buffer } = bytes;
  structuredClone(buffer, { transfer: [buffer] });
  assert.deepEqual(Object.keys(await dataOf(bytes)), ['text/plain']);
  assert.match(String((await dataOf(buffer))['text/plain']), /detached/);
});
