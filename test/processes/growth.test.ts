import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LimitExceeded } from '../../src/errors.ts';
import { evaluateGraph } from '../../src/graph/evaluate.ts';
import { parseGraph } from '../../src/graph/parse.ts';
import type { Json } from '../../src/graph/process-graph.ts';

const scope = { loaded: () => assert.fail('nothing to load'), save: () => undefined };
const run = (nodes: Readonly<Record<string, Json>>) => evaluateGraph(parseGraph(nodes).graph, {}, scope);
const node = (id: string, args: Readonly<Record<string, Json>>, result = false): Json => ({
  process_id: id,
  arguments: args,
  result,
});

/** A chain of nodes, each of which takes the one before twice. */
function doubled(first: Json, step: (before: Json) => Json, times: number): Record<string, Json> {
  const nodes: Record<string, Json> = { n0: first };
  for (let k = 1; k <= times; k += 1) nodes[`n${k}`] = step({ from_node: `n${k - 1}` });
  nodes[`n${times}`] = { ...(nodes[`n${times}`] as Record<string, Json>), result: true };
  return nodes;
}

describe('a small graph cannot make large values', () => {
  test('by joining an array with itself', () => {
    const chain = doubled(
      node('array_create', { data: [1, 2], repeat: 100 }),
      (before) => node('array_concat', { array1: before, array2: before }),
      40,
    );
    assert.throws(() => run(chain), LimitExceeded);
  });

  test('by joining a text with itself', () => {
    const chain = doubled(
      node('text_concat', { data: ['a'.repeat(100)] }),
      (before) => node('text_concat', { data: [before, before] }),
      40,
    );
    assert.throws(() => run(chain), LimitExceeded);
  });

  test('by inserting an array into itself', () => {
    const chain = doubled(
      node('array_create', { data: [1, 2], repeat: 100 }),
      (before) => node('array_modify', { data: before, values: before, index: 0 }),
      40,
    );
    assert.throws(() => run(chain), LimitExceeded);
  });

  test('by asking for quantiles of a billion parts, or an element a billion times', () => {
    const data = [1, 2, 3];
    assert.throws(() => run({ q: node('quantiles', { data, probabilities: 1e9 }, true) }), LimitExceeded);
    assert.throws(() => run({ q: node('quantiles', { data, q: 1e9 }, true) }), LimitExceeded);
    assert.throws(() => run({ c: node('array_create', { data, repeat: 1e9 }, true) }), LimitExceeded);
  });
});
