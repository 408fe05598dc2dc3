import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Coding } from '../../src/raster/jp2-codestream.ts';
import { nearestOrigin } from '../../src/raster/jp2-tile-stream.ts';

test('a tile moves to the nearest place with the same cuts, in however many ways components are coded', () => {
  const fine: Coding = { decompositions: 0, codeBlock: [2, 2], precincts: [[0, 0]] };
  const coarse: Coding = { decompositions: 0, codeBlock: [10, 10], precincts: [[15, 15]] };
  const from = 31 * 2 ** 15 - 1;
  const codings = [...new Array<Coding>(20_000).fill(fine), coarse];
  const before = process.cpuUsage().user;
  assert.equal(nearestOrigin(codings, from, from + 2, 0), 2 ** 15 - 1);
  // 0.1 s; with each component's cuts by themselves it would be half a minute.
  assert.ok(process.cpuUsage().user - before < 3e6);
});
