import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stopCondition } from '../../../kernel/debug/break-conditions.ts';

const hooksSymbol = 'furrow.debug';

/** Whether the breakpoint stops, at each of a number of hits. */
function stops(
  breakpoint: Omit<Parameters<typeof stopCondition>[0], 'line'>,
  hits: number,
  printed: string[] = [],
): number[] {
  const stop = stopCondition({ line: 1, ...breakpoint }, 7);
  assert.ok('expression' in stop, JSON.stringify(stop));
  let count = 0;
  const hooks = {
    hit: () => ++count,
    log: (parts: (string | (() => unknown))[]) => {
      printed.push(parts.map((part) => (typeof part === 'string' ? part : part())).join(''));
      return false;
    },
  };
  const reached = new Function('x', 'globalThis', `return ${stop.expression ?? 'true'}`);
  return Array.from({ length: hits }, (_, at) => at + 1).filter((x) => reached(x, { [hooksSymbol]: hooks }));
}

describe('when a breakpoint stops', () => {
  test('always, without conditions', () => assert.deepEqual(stops({}, 3), [1, 2, 3]));
  test('where its condition holds', () =>
    assert.deepEqual(stops({ condition: 'x % 2 === 0 // even' }, 5), [2, 4]));
  test('at the hit that is asked for', () => {
    assert.deepEqual(stops({ hitCondition: '3' }, 5), [3]);
    assert.deepEqual(stops({ hitCondition: '>= 4' }, 5), [4, 5]);
    assert.deepEqual(stops({ hitCondition: '% 2' }, 5), [2, 4]);
  });
  test('hits are those where the condition holds', () =>
    assert.deepEqual(stops({ condition: 'x > 2', hitCondition: '2' }, 6), [4]));
  test('a log point prints and never stops', () => {
    const printed: string[] = [];
    assert.deepEqual(
      stops({ condition: 'x > 2', logMessage: 'x is {x} of "{ [1, 2].length }"' }, 3, printed),
      [],
    );
    assert.deepEqual(printed, ['x is 3 of "2"']);
  });
  test('a condition that is no expression is refused with the reason', () => {
    assert.match(JSON.stringify(stopCondition({ line: 1, condition: 'x >' }, 1)), /SyntaxError/);
    assert.match(JSON.stringify(stopCondition({ line: 1, condition: '1); (2' }, 1)), /expression|error/);
    assert.match(
      JSON.stringify(stopCondition({ line: 1, hitCondition: 'often' }, 1)),
      /'often' is no hit condition/,
    );
  });
});
