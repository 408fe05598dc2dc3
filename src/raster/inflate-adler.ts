import {
  type Expression,
  give,
  type I32,
  i32,
  loop,
  type Statement,
  type V128,
  type Variable,
  v128,
  type WasmCode,
  when,
} from './wasm-code.ts';

const BASE = 65521;
/** Bytes whose sums are kept without a division: so many that sums of 32 bits, and those of odd places in 16 bits, hold them. */
const MOST = 4096;

const of16 = (numbers: readonly number[]): V128 => v128.constant(numbers.flatMap((number) => [number, 0]));
const every8 = Array.from({ length: 8 }, (_, i) => i);

/**
 * A function that gives the Adler-32 (RFC 1950) of the bytes of memory from `from` up to `end`. The weight of a byte at an odd place
 * is one less than that of its neighbour: sums of both are weighted once, and those at odd places taken off.
 */
export function defineAdler(module: WasmCode): (from: I32, end: I32) => Expression<'i32'> {
  return module.define('adler', (local, from, end) => {
    const a = local('i32');
    const b = local('i32');
    const stop = local('i32');
    const [first, second] = [local('v128'), local('v128')];
    const [firstPairs, secondPairs] = [local('v128'), local('v128')];
    const sums = local('v128');
    const before = local('v128');
    const weighted = local('v128');
    const odd = local('v128');
    const zero = of16(every8.map(() => 0));
    // In variables, as the engine makes constants anew where they stand.
    const one = local('v128');
    const [firstWeights, secondWeights] = [local('v128'), local('v128')];
    const weights = (most: number): V128 => of16(every8.map((i) => most - 2 * i));
    const total = (vector: Variable<'v128'>): I32 =>
      [1, 2, 3].reduce<I32>((sum, lane) => i32.add(sum, v128.lane32(vector, lane)), v128.lane32(vector, 0));
    const weigh = (pairs: V128, by: V128): Statement =>
      weighted.set(v128.add32(weighted, v128.dot16(pairs, by)));
    const reduce = () => [a.set(i32.remainder(a, BASE)), b.set(i32.remainder(b, BASE))];
    return [
      a.set(1),
      one.set(of16(every8.map(() => 1))),
      firstWeights.set(weights(32)),
      secondWeights.set(weights(16)),
      loop((next) => [
        stop.set(i32.and(i32.sub(end, from), -32)),
        when(i32.more(stop, MOST), [stop.set(MOST)]),
        when(stop, [
          b.set(i32.add(b, i32.mul(a, stop))),
          stop.set(i32.add(stop, from)),
          sums.set(zero),
          before.set(zero),
          weighted.set(zero),
          odd.set(zero),
          loop((again) => [
            first.set(v128.load(from)),
            second.set(v128.load(from, 16)),
            odd.set(v128.add16(odd, v128.add16(v128.shr16(first, 8), v128.shr16(second, 8)))),
            firstPairs.set(v128.pairSums8(first)),
            secondPairs.set(v128.pairSums8(second)),
            before.set(v128.add32(before, sums)),
            sums.set(v128.add32(sums, v128.dot16(v128.add16(firstPairs, secondPairs), one))),
            weigh(firstPairs, firstWeights),
            weigh(secondPairs, secondWeights),
            from.set(i32.add(from, 32)),
            again.when(i32.less(from, stop)),
          ]),
          odd.set(v128.pairSums16(odd)),
          a.set(i32.add(a, total(sums))),
          b.set(i32.add(b, i32.sub(i32.add(i32.shl(total(before), 5), total(weighted)), total(odd)))),
          ...reduce(),
          next.always(),
        ]),
      ]),
      loop((again) => [
        when(i32.less(from, end), [
          a.set(i32.add(a, i32.load8(from))),
          b.set(i32.add(b, a)),
          from.set(i32.add(from, 1)),
          again.always(),
        ]),
      ]),
      ...reduce(),
      give(i32.or(i32.shl(b, 16), a)),
    ];
  });
}
