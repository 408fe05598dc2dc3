import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evaluatePlanes, peakPlanes, planesInOrder } from '../../src/cube/evaluate-planes.ts';
import { computedPlane, type Plane, sourcePlane } from '../../src/cube/plane.ts';
import { Cancelled, InvalidFile } from '../../src/errors.ts';

const window = { x: 0, y: 0, width: 2, height: 1 };
const sum = (inputs: readonly Plane[]) =>
  computedPlane(inputs, 'number', (columns, out) => {
    for (let i = 0; i < out.length; i += 1)
      out[i] = columns.reduce((total, column) => total + (column[i] ?? 0), 0);
  });

describe('evaluating planes', () => {
  test('a source that several planes use is read once, one that none uses is not read', async () => {
    let reads = 0;
    const source = sourcePlane(async () => {
      reads += 1;
      return Float64Array.of(1, 2);
    });
    const doubled = sum([source, source]);
    const columns = await evaluatePlanes([sum([doubled, source]), doubled], window);
    assert.deepEqual(
      columns.map((column) => [...column]),
      [
        [3, 6],
        [2, 4],
      ],
    );
    assert.equal(reads, 1);
  });

  test('a chain of 100,000 planes is evaluated without deep recursion and with few planes in memory', async () => {
    let plane: Plane = sourcePlane(async () => Float64Array.of(0, 1));
    for (let k = 0; k < 100_000; k += 1) plane = sum([plane]);
    assert.equal(planesInOrder([plane]).length, 100_001);
    assert.ok(peakPlanes([plane]) < 16);
    const [column] = await evaluatePlanes([plane], window);
    assert.deepEqual([...(column ?? [])], [0, 1]);
  });

  test('a failing source fails the evaluation with its own error', async () => {
    const bad = sourcePlane(() => Promise.reject(new InvalidFile('broken tile')));
    const good = sourcePlane(async () => Float64Array.of(1, 1));
    await assert.rejects(evaluatePlanes([sum([good, bad, bad, good])], window), InvalidFile);
  });

  test('a fired signal stops it', async () => {
    const stop = new AbortController();
    const first = sourcePlane(async () => {
      stop.abort();
      return Float64Array.of(1, 1);
    });
    await assert.rejects(evaluatePlanes([sum([first])], window, { signal: stop.signal }), Cancelled);
  });
});
