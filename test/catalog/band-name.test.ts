import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBand } from '../../src/catalog/band-name.ts';

const bands = [
  { name: 'B04', commonName: 'red' },
  { name: 'B8A', commonName: 'nir08' },
];

test('a band is found by its name in any case, its common name, and one that steps in', () => {
  for (const [wanted, name] of [
    ['b04', 'B04'],
    ['red', 'B04'],
    ['nir', 'B8A'],
  ] as const)
    assert.equal(findBand(bands, wanted)?.name, name, wanted);
});

test('what every object has is no band', () => {
  for (const wanted of ['constructor', '__proto__', 'toString', 'valueOf', ''])
    assert.equal(findBand(bands, wanted), undefined, wanted);
});
