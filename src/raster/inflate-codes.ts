import { BEHIND, INVALID, place, SPECIAL, tableBits } from './inflate-layout.ts';
import {
  block,
  type Expression,
  give,
  type I32,
  i32,
  loop,
  memory,
  type Statement,
  type WasmCode,
  when,
} from './wasm-code.ts';

const LONGEST = 15;
/** Where entries keep the length of the code by itself. */
const BITS_PLACE = 8;
const BITS_PLACE_OF_LITERALS = 25;
/** How many lengths of codes have codes themselves. */
export const LENGTHS = 19;
const kinds = { lengths: 0, literals: 1, distances: 2 } as const;
type Kind = keyof typeof kinds;

/** Gives 1, or 0 for a code that is refused. */
export type BuildTable = (kind: Kind, lengths: I32, count: I32) => Expression<'i32'>;

/**
 * A function that makes the table of a canonical code (RFC 1951, 3.2.2) out of the lengths of its `count` codes. It refuses what zlib
 * refuses: more codes than bits can tell, or fewer, unless the only one has one bit; of distances there may be none.
 */
export function defineBuildTable(module: WasmCode): BuildTable {
  const build = defineBuild(module);
  return (kind, lengths, count) => {
    const { symbols, table, bits } = {
      lengths: { symbols: place.lengthSymbols, table: place.lengthTable, bits: tableBits.lengths },
      literals: { symbols: place.literalSymbols, table: place.literalTable, bits: tableBits.literals },
      distances: { symbols: place.distanceSymbols, table: place.distanceTable, bits: tableBits.distances },
    }[kind];
    return build(lengths, count, symbols, table, bits, kinds[kind]);
  };
}

function defineBuild(module: WasmCode): (...values: I32[]) => Expression<'i32'> {
  return module.define('build', (local, lengths, count, symbols, table, bits, kind) => {
    const i = local('i32');
    const length = local('i32');
    const left = local('i32');
    const longest = local('i32');
    const total = local('i32');
    const code = local('i32');
    const size = local('i32');
    const entry = local('i32');
    const mask = local('i32');
    const bit = local('i32');
    const remaining = local('i32');
    const prefix = local('i32');
    const start = local('i32');
    const more = local('i32');
    const at = local('i32');

    const word = (index: I32): I32 => i32.shl(index, 2);
    const lengthOf = (symbol: I32): I32 => i32.load8(i32.add(lengths, symbol));
    const countOf = (codeLength: I32): I32 => i32.load(word(codeLength), place.counts);
    const bump = (base: number, codeLength: I32): Statement =>
      i32.store(word(codeLength), i32.add(i32.load(word(codeLength), base), 1), base);
    const add = (v: typeof i, value: I32): Statement => v.set(i32.add(v, value));

    /** The entry of the `i`th code in order of length, for a table behind `skipped` bits. */
    const makeEntry = (skipped: I32): Statement[] => [
      entry.set(i32.load(i32.add(symbols, word(i32.load16(i32.shl(i, 1), place.sorted))))),
      entry.set(
        i32.add(i32.add(entry, i32.sub(length, skipped)), i32.shl(i32.sub(length, skipped), shiftOfBits())),
      ),
      add(i, 1),
    ];
    const shiftOfBits = (): I32 =>
      i32.add(
        BITS_PLACE,
        i32.mul(
          i32.and(i32.eq(kind, kinds.literals), i32.isZero(i32.and(entry, SPECIAL))),
          BITS_PLACE_OF_LITERALS - BITS_PLACE,
        ),
      );
    /** `SPECIAL`, or `SPECIAL_DISTANCE` beside it. */
    const special = (): I32 => i32.shl(SPECIAL, i32.eq(kind, kinds.distances));

    /** The next code in order, its bits reversed as the stream has them. */
    const nextCode = (): Statement[] => [
      bit.set(i32.shl(1, i32.sub(31, i32.leadingZeros(i32.xor(code, mask))))),
      code.set(i32.or(i32.and(code, i32.sub(bit, 1)), bit)),
    ];
    const double = (): Statement[] => [
      memory.copy(i32.add(table, word(size)), table, word(size)),
      size.set(i32.shl(size, 1)),
    ];

    return [
      memory.fill(place.counts, 0, 64),
      i.set(0),
      loop((again) => [bump(place.counts, lengthOf(i)), add(i, 1), again.when(i32.less(i, count))]),
      left.set(1),
      length.set(1),
      total.set(0),
      longest.set(0),
      loop((again) => [
        i32.store(word(length), total, place.offsets),
        total.set(i32.add(total, countOf(length))),
        left.set(i32.sub(i32.shl(left, 1), countOf(length))),
        when(i32.lessSigned(left, 0), [give(0)]),
        when(countOf(length), [longest.set(length)]),
        add(length, 1),
        again.when(i32.atMost(length, LONGEST)),
      ]),
      when(left, [
        when(i32.more(longest, 1), [give(0)]),
        when(i32.eq(kind, kinds.lengths), [give(0)]),
        size.set(0),
        loop((again) => [
          i32.store(i32.add(table, word(size)), i32.or(special(), INVALID | 1)),
          add(size, 1),
          again.when(i32.less(size, i32.shl(1, bits))),
        ]),
        when(i32.isZero(longest), [give(1)]),
      ]),
      i.set(0),
      loop((again) => [
        length.set(lengthOf(i)),
        when(length, [
          i32.store16(i32.shl(i32.load(word(length), place.offsets), 1), i, place.sorted),
          bump(place.offsets, length),
        ]),
        add(i, 1),
        again.when(i32.less(i, count)),
      ]),
      i.set(0),
      length.set(1),
      when(left, [
        ...makeEntry(0),
        size.set(0),
        loop((again) => [
          i32.store(i32.add(table, word(size)), entry),
          add(size, 2),
          again.when(i32.less(size, i32.shl(1, bits))),
        ]),
        give(1),
      ]),
      code.set(0),
      size.set(2),
      loop((again) => [
        when(i32.isZero(countOf(length)), [add(length, 1), size.set(i32.shl(size, 1)), again.always()]),
      ]),
      block((done) => [
        block((behind) => [
          loop((nextLength) => [
            remaining.set(countOf(length)),
            mask.set(i32.sub(i32.shl(1, length), 1)),
            loop((again) => [
              ...makeEntry(0),
              i32.store(i32.add(table, word(code)), entry),
              done.when(i32.eq(code, mask)),
              ...nextCode(),
              add(remaining, -1),
              again.when(remaining),
            ]),
            loop((again) => [
              add(length, 1),
              when(i32.atMost(length, bits), double()),
              again.when(i32.isZero(countOf(length))),
            ]),
            nextLength.when(i32.atMost(length, bits)),
            behind.always(),
          ]),
        ]),
        prefix.set(-1),
        start.set(i32.shl(1, bits)),
        more.set(-1),
        loop((nextLength) => [
          remaining.set(countOf(length)),
          mask.set(i32.sub(i32.shl(1, length), 1)),
          loop((again) => [
            at.set(i32.and(code, i32.sub(i32.shl(1, bits), 1))),
            when(i32.ne(at, prefix), [
              prefix.set(at),
              when(i32.ne(more, -1), [add(start, i32.shl(1, more))]),
              more.set(i32.sub(length, bits)),
              total.set(remaining),
              loop((wider) => [
                when(i32.less(total, i32.shl(1, more)), [
                  add(more, 1),
                  total.set(i32.add(i32.shl(total, 1), countOf(i32.add(bits, more)))),
                  wider.always(),
                ]),
              ]),
              i32.store(
                i32.add(table, word(at)),
                i32.or(i32.or(special(), i32.or(bits, BEHIND)), i32.or(i32.shl(more, 8), i32.shl(start, 16))),
              ),
            ]),
            ...makeEntry(bits),
            at.set(i32.shr(code, bits)),
            loop((fill) => [
              i32.store(i32.add(table, word(i32.add(start, at))), entry),
              add(at, i32.shl(1, i32.sub(length, bits))),
              fill.when(i32.less(at, i32.shl(1, more))),
            ]),
            done.when(i32.eq(code, mask)),
            ...nextCode(),
            add(remaining, -1),
            again.when(remaining),
          ]),
          loop((again) => [add(length, 1), again.when(i32.isZero(countOf(length)))]),
          nextLength.always(),
        ]),
      ]),
      // A code whose longest codes are shorter than the table.
      loop((again) => [when(i32.less(size, i32.shl(1, bits)), [...double(), again.always()])]),
      give(1),
    ];
  });
}
