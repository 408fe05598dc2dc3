import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2 } from '../../../kernel/debug/murmur2.ts';

/** What JupyterLab 4.6 computes for these texts, which it names the script of a cell by. */
const vectors: readonly (readonly [text: string, seed: number, hash: number])[] = [
  ['', 0, 0],
  ['', 1, 1540447798],
  ['a', 0, 2456313694],
  ['ab', 17, 778022373],
  ['abc', 17, 2128317430],
  ['abcd', 17, 2547506279],
  ['const x = 1;\n', -955291385, 2619397439],
  ['let ä = "🌾";', -955291385, 1324872899],
  ['x'.repeat(1001), 3339675911, 2469510316],
];

test('hashes of cells are those of JupyterLab', () => {
  for (const [text, seed, hash] of vectors) assert.equal(murmur2(text, seed), hash, JSON.stringify(text));
});
