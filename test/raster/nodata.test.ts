import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitsType, parseNodata } from '../../src/raster/nodata.ts';

test('nodata texts of many writers', () => {
  const texts: readonly (readonly [string, number | undefined])[] = [
    ['-9999', -9999],
    [' 0 ', 0],
    ['-3,4e+38', -3.4e38],
    ['nan', Number.NaN],
    ['-1.#IND', Number.NaN],
    ['1.#QNAN0', Number.NaN],
    ['-inf', -Infinity],
    ['1.#INF', Infinity],
    ['none', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of texts) assert.equal(parseNodata(text, 'float64'), expected, text);
  assert.equal(parseNodata('0.1', 'float32'), Math.fround(0.1));
});

test('a number that the pixels cannot hold is known as such', () => {
  assert.deepEqual(
    [fitsType(-9999, 'uint8'), fitsType(255, 'uint8'), fitsType(NaN, 'int16'), fitsType(NaN, 'float32')],
    [false, true, false, true],
  );
  assert.deepEqual([fitsType(2 ** 63, 'int64'), fitsType(-(2 ** 63), 'int64')], [false, true]);
});
