import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  LimitExceeded,
  ProcessGraphInvalid,
  ProcessParameterInvalid,
  ProcessUnsupported,
} from '../../src/errors.ts';
import { checkGraph, validateGraph } from '../../src/graph/validate.ts';

const add = (x: unknown, y: unknown, result = true) => ({
  process_id: 'add',
  arguments: { x, y },
  ...(result && { result }),
});
const codes = (graph: unknown) => validateGraph(graph).map(({ node, code }) => `${node}: ${code}`);

describe('validating a process graph', () => {
  test('a graph that can be run has no problem, in every form that clients send', () => {
    const graph = { sum: add(1, { from_node: 'two' }), two: add(1, 1, false) };
    assert.deepEqual(codes(graph), []);
    assert.deepEqual(codes({ process_graph: graph }), []);
    assert.deepEqual(codes({ process: { process_graph: graph } }), []);
  });

  test('all problems are told at once, each with its node', () => {
    const graph = {
      a: { process_id: 'cloud_magic', arguments: {} },
      b: { process_id: 'add', arguments: { x: { from_node: 'nowhere' }, z: 1 } },
      c: { process_id: 'clip', arguments: { x: 'high', min: 0, max: 1 }, result: true },
      d: { process_id: 'eq', arguments: { x: 1, y: 1, delta: 0 }, result: true },
    };
    assert.deepEqual(codes(graph), [
      ': ProcessGraphInvalid',
      'a: ProcessUnsupported',
      'b: ProcessGraphInvalid',
      'b: ProcessParameterRequired',
      'b: ProcessParameterInvalid',
      'c: ProcessParameterInvalid',
      'd: ProcessParameterInvalid',
    ]);
  });

  test('nodes that wait for each other are named', () => {
    const [problem] = validateGraph({ a: add({ from_node: 'b' }, 1), b: add({ from_node: 'a' }, 1, false) });
    assert.match(problem?.message ?? '', /a -> b -> a/);
  });

  test('a child process may use its own parameters and those around it, and no others', () => {
    const apply = (x: unknown) => ({
      load: {
        process_id: 'load_collection',
        arguments: { id: 'x', spatial_extent: null, temporal_extent: null },
      },
      apply: {
        process_id: 'apply',
        arguments: { data: { from_node: 'load' }, process: { process_graph: { plus: add(x, 1) } } },
        result: true,
      },
    });
    assert.deepEqual(codes(apply({ from_parameter: 'x' })), []);
    assert.deepEqual(codes(apply({ from_parameter: 'data' })), ['apply/plus: ProcessGraphInvalid']);
    assert.deepEqual(codes(apply({ from_node: 'load' })), ['apply/plus: ProcessGraphInvalid']);
  });

  test('a process where none belongs, and a plain value where one belongs', () => {
    assert.deepEqual(codes({ a: add({ process_graph: { b: add(1, 1) } }, 1) }), [
      'a: ProcessParameterInvalid',
    ]);
    const graph = {
      load: {
        process_id: 'load_collection',
        arguments: { id: 'x', spatial_extent: null, temporal_extent: null },
      },
      reduce: {
        process_id: 'reduce_dimension',
        arguments: { data: { from_node: 'load' }, reducer: 'mean', dimension: 't' },
        result: true,
      },
    };
    assert.deepEqual(codes(graph), ['reduce: ProcessParameterInvalid']);
  });

  test('extents are checked by their schema', () => {
    const load = (extra: object) => ({
      load: {
        process_id: 'load_collection',
        arguments: { id: 'x', spatial_extent: null, temporal_extent: null, ...extra },
        result: true,
      },
    });
    assert.deepEqual(codes(load({ temporal_extent: ['2022-01-01', null] })), []);
    assert.deepEqual(codes(load({ id: 's3://bucket/prefix' })), []);
    assert.equal(codes(load({ temporal_extent: ['2022-01-01'] })).length, 1);
    assert.equal(codes(load({ temporal_extent: ['soon', null] })).length, 1);
    assert.equal(codes(load({ spatial_extent: { west: 1, south: 2, east: 3 } })).length, 1);
    assert.equal(codes(load({ bands: [] })).length, 1);
  });

  test('what is no graph at all', () => {
    for (const nothing of [null, 5, 'graph', [], {}])
      assert.deepEqual(codes(nothing), [': ProcessGraphMissing']);
    assert.deepEqual(codes({ a: 5, b: add(1, 1) }), ['a: ProcessGraphInvalid']);
  });

  test('checkGraph throws the class of the first problem with all of them in its message', () => {
    assert.throws(
      () => checkGraph({ a: { process_id: 'nothing', arguments: {}, result: true } }),
      ProcessUnsupported,
    );
    assert.throws(() => checkGraph({ a: add('1', 1) }), ProcessParameterInvalid);
    assert.throws(
      () => checkGraph({ a: add({ from_node: 'z' }, true) }),
      (error) => error instanceof ProcessGraphInvalid && error.message.split('\n').length === 2,
    );
  });

  test('deep and huge graphs are refused before they are walked', () => {
    let nested: unknown = 1;
    for (let k = 0; k < 5000; k += 1) nested = [nested];
    assert.throws(() => validateGraph({ a: add(nested, 1) }), LimitExceeded);
    const wide = Object.fromEntries(Array.from({ length: 10_001 }, (_, k) => [`n${k}`, add(1, 1, k === 0)]));
    assert.throws(() => validateGraph(wide), LimitExceeded);
  });
});
