import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { evaluatePlanes } from '../../src/cube/evaluate-planes.ts';
import { isPlane, type PixelKind, sourcePlane } from '../../src/cube/plane.ts';
import { processes } from '../../src/processes/registry.ts';
import type { Arguments, Scope, Value } from '../../src/processes/value.ts';

const scope: Scope = {
  loaded: () => assert.fail('no collection here'),
  save: () => undefined,
};

function run(process: string, args: Arguments): Value {
  const found = processes.get(process);
  assert.ok(found, process);
  const defaults = Object.fromEntries(
    found.definition.parameters
      .filter((one) => 'default' in one)
      .map((one) => [one.name, one.default as Value]),
  );
  return found.run({ ...defaults, ...args }, scope);
}

type Pixel = number | boolean | null;

function plane(pixels: readonly Pixel[], kind: PixelKind) {
  return sourcePlane(
    async () => Float64Array.from(pixels, (pixel) => (pixel === null ? Number.NaN : Number(pixel))),
    kind,
  );
}

/** The pixels of a result: a plane evaluated, or the same plain value everywhere. */
async function pixelsOf(value: Value, count: number): Promise<(number | boolean | null)[]> {
  if (!isPlane(value)) return new Array<Pixel>(count).fill(value as Pixel);
  const [column] = await evaluatePlanes([value], { x: 0, y: 0, width: count, height: 1 });
  return Array.from(column ?? [], (pixel) =>
    Number.isNaN(pixel) ? null : value.kind === 'boolean' ? pixel !== 0 : pixel,
  );
}

/** Pixels know no NaN apart from nodata: NaN as a plain result is nodata as a pixel. */
const asPixel = (value: Value): Pixel =>
  typeof value === 'number' && Number.isNaN(value) ? null : (value as Pixel);

const number = fc.oneof(
  { weight: 4, arbitrary: fc.double({ noNaN: true, min: -1e6, max: 1e6 }) },
  { weight: 2, arbitrary: fc.integer({ min: -12, max: 12 }) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const truth = fc.constantFrom(true, false, null);

type Case = readonly [process: string, operands: readonly string[], rest?: Arguments];

const onNumbers: readonly Case[] = [
  ['add', ['x', 'y']],
  ['subtract', ['x', 'y']],
  ['multiply', ['x', 'y']],
  ['divide', ['x', 'y']],
  ['mod', ['x', 'y']],
  ['power', ['base', 'p']],
  ['normalized_difference', ['x', 'y']],
  ['absolute', ['x']],
  ['sgn', ['x']],
  ['sqrt', ['x']],
  ['floor', ['x']],
  ['ceil', ['x']],
  ['int', ['x']],
  ['round', ['x'], { p: 2 }],
  ['clip', ['x'], { min: -3, max: 8 }],
  ['linear_scale_range', ['x'], { inputMin: -10, inputMax: 10, outputMin: 0, outputMax: 255 }],
  ['linear_scale_range', ['x', 'inputMin'], { inputMax: 10 }],
  ['gt', ['x', 'y']],
  ['gte', ['x', 'y']],
  ['lt', ['x', 'y']],
  ['lte', ['x', 'y']],
  ['eq', ['x', 'y']],
  ['neq', ['x', 'y'], { delta: 2 }],
  ['between', ['x'], { min: -3, max: 3 }],
  ['is_nodata', ['x']],
  ['is_valid', ['x']],
  ['is_infinite', ['x']],
  ['sin', ['x']],
  ['arccos', ['x']],
  ['arcosh', ['x']],
  ['arctan2', ['y', 'x']],
];
const onTruths: readonly Case[] = [
  ['and', ['x', 'y']],
  ['or', ['x', 'y']],
  ['xor', ['x', 'y']],
  ['not', ['x']],
  ['if', ['value'], { accept: 5, reject: 7 }],
  ['if', ['value'], { accept: true }],
  ['eq', ['x', 'y']],
];
/** Processes that give as many numbers as they take. */
const onSeries: readonly [process: string, rest?: Arguments][] = [
  ['cumsum'],
  ['cumsum', { ignore_nodata: false }],
  ['cumproduct'],
  ['cummin'],
  ['cummax', { ignore_nodata: false }],
  ['sort', { nodata: true }],
  ['sort', { nodata: false, asc: false }],
  ['sort', { asc: false }],
  ['order', { nodata: true, asc: false }],
  ['order', { nodata: false }],
  ['order'],
  ['array_interpolate_linear'],
];
const reducers = [
  'min',
  'max',
  'sum',
  'product',
  'mean',
  'median',
  'sd',
  'variance',
  'first',
  'last',
  'count',
];

describe('a process gives for a plane what it gives for each of its pixels', () => {
  const families: readonly { cases: readonly Case[]; arbitrary: fc.Arbitrary<Pixel>; kind: PixelKind }[] = [
    { cases: onNumbers, arbitrary: number, kind: 'number' },
    { cases: onTruths, arbitrary: truth, kind: 'boolean' },
  ];
  for (const { cases, arbitrary, kind } of families)
    for (const [process, operands, rest = {}] of cases)
      test(`${process}(${operands.join(', ')})`, async () => {
        const rows = fc.array(fc.tuple(arbitrary, arbitrary), { minLength: 1, maxLength: 20 });
        await fc.assert(
          fc.asyncProperty(rows, fc.nat({ max: 2 }), async (pixels, constant) => {
            // With two operands sometimes one of them is the same plain value for all pixels.
            const operand = (k: number) =>
              operands.length > 1 && constant === k ? (pixels[0]?.[k as 0] ?? null) : undefined;
            const planes = Object.fromEntries(
              operands.map((name, k) => [
                name,
                operand(k) ??
                  plane(
                    pixels.map((row) => row[k as 0]),
                    kind,
                  ),
              ]),
            );
            const actual = await pixelsOf(run(process, { ...rest, ...planes }), pixels.length);
            const expected = pixels.map((row) =>
              asPixel(
                run(process, {
                  ...rest,
                  ...Object.fromEntries(operands.map((name, k) => [name, operand(k) ?? row[k as 0]])),
                }),
              ),
            );
            assert.deepEqual(actual, expected);
          }),
          { numRuns: 60 },
        );
      });

  for (const process of reducers)
    for (const ignore of [true, false])
      test(`${process}, nodata ${ignore ? 'left out' : 'counted'}`, async () => {
        const series = fc.array(fc.array(number, { minLength: 3, maxLength: 3 }), {
          minLength: 1,
          maxLength: 9,
        });
        await fc.assert(
          fc.asyncProperty(series, async (dates) => {
            const rest: Arguments = process === 'count' ? {} : { ignore_nodata: ignore };
            const data = dates.map((pixels) => plane(pixels, 'number'));
            const actual = await pixelsOf(run(process, { data, ...rest }), 3);
            const expected = [0, 1, 2].map((i) =>
              asPixel(run(process, { data: dates.map((pixels) => pixels[i] ?? null), ...rest })),
            );
            assert.deepEqual(actual, expected);
          }),
          { numRuns: 60 },
        );
      });

  for (const [process, rest = {}] of onSeries)
    test(`${process} ${JSON.stringify(rest)} along a series`, async () => {
      const series = fc.array(fc.array(number, { minLength: 3, maxLength: 3 }), {
        minLength: 1,
        maxLength: 9,
      });
      await fc.assert(
        fc.asyncProperty(series, async (dates) => {
          const data = dates.map((pixels) => plane(pixels, 'number'));
          const result = run(process, { data, ...rest });
          assert.ok(Array.isArray(result));
          const actual = await Promise.all(result.map((value: Value) => pixelsOf(value, 3)));
          for (const i of [0, 1, 2]) {
            const alone = run(process, { data: dates.map((pixels) => pixels[i] ?? null), ...rest });
            assert.ok(Array.isArray(alone));
            // What is left out of one pixel's series comes last, as nodata, in a series of planes.
            const expected = dates.map((_, k) => asPixel((alone[k] ?? null) as Value));
            assert.deepEqual(
              actual.map((pixels) => pixels[i]),
              expected,
            );
          }
        }),
        { numRuns: 60 },
      );
    });

  test('array_find gives for every pixel the position of its first or last match', async () => {
    const planes = [
      [1, 2, null],
      [2, 2, 3],
      [2, 4, 3],
    ].map((pixels) => plane(pixels, 'number'));
    const found = (value: Value, reverse: boolean) =>
      pixelsOf(run('array_find', { data: planes, value, reverse }), 3);
    assert.deepEqual(await found(2, false), [1, 0, null]);
    assert.deepEqual(await found(2, true), [2, 1, null]);
    assert.deepEqual(await found(plane([1, 4, 3], 'number'), false), [0, 2, 1]);
  });

  for (const process of ['any', 'all'])
    for (const ignore of [true, false])
      test(`${process}, nodata ${ignore ? 'left out' : 'counted'}`, async () => {
        const series = fc.array(fc.array(truth, { minLength: 3, maxLength: 3 }), {
          minLength: 1,
          maxLength: 5,
        });
        await fc.assert(
          fc.asyncProperty(series, async (dates) => {
            const data = dates.map((pixels) => plane(pixels, 'boolean'));
            const actual = await pixelsOf(run(process, { data, ignore_nodata: ignore }), 3);
            const expected = [0, 1, 2].map((i) =>
              asPixel(
                run(process, { data: dates.map((pixels) => pixels[i] ?? null), ignore_nodata: ignore }),
              ),
            );
            assert.deepEqual(actual, expected);
          }),
          { numRuns: 60 },
        );
      });
});
