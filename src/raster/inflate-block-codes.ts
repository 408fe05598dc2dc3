import { type BuildTable, LENGTHS } from './inflate-codes.ts';
import { BitReader, inflateFaults, place, type Stream, tableBits } from './inflate-layout.ts';
import {
  type Expression,
  give,
  i32,
  i64,
  loop,
  memory,
  type Statement,
  type WasmCode,
  when,
} from './wasm-code.ts';

const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A function that reads the codes of a block and builds their tables: gives 0 or a fault. */
export function defineOwnCodes(
  module: WasmCode,
  stream: Stream,
  buildTable: BuildTable,
): () => Expression<'i32'> {
  module.data(place.lengthOrder, lengthOrder);
  return module.define('ownCodes', (local) => {
    const reader = new BitReader(local, stream);
    const literals = local('i32');
    const distances = local('i32');
    const count = local('i32');
    const i = local('i32');
    const all = local('i32');
    const entry = local('i32');
    const symbol = local('i32');
    const value = local('i32');
    const leave = (code: number): Statement[] => [...reader.end(), give(code)];
    const faults = inflateFaults;
    return [
      ...reader.begin(),
      ...reader.refill(),
      literals.set(i32.add(reader.value(5), 257)),
      ...reader.drop(5n),
      distances.set(i32.add(reader.value(5), 1)),
      ...reader.drop(5n),
      count.set(i32.add(reader.value(4), 4)),
      ...reader.drop(4n),
      when(i32.more(literals, 286), leave(faults.tooMany.code)),
      when(i32.more(distances, 30), leave(faults.tooMany.code)),
      memory.fill(place.lengths, 0, LENGTHS),
      i.set(0),
      loop((again) => [
        ...reader.refill(),
        i32.store8(i32.load8(i, place.lengthOrder), reader.value(3), place.lengths),
        ...reader.drop(3n),
        i.set(i32.add(i, 1)),
        again.when(i32.less(i, count)),
      ]),
      when(i32.isZero(buildTable('lengths', place.lengths, LENGTHS)), leave(faults.lengthCode.code)),
      i.set(0),
      all.set(i32.add(literals, distances)),
      loop((again) => [
        when(reader.isPast(), leave(faults.truncated.code)),
        ...reader.refill(),
        entry.set(
          i32.load(i32.and(i32.wrap(reader.buffer), (2 ** tableBits.lengths - 1) * 4), place.lengthTable),
        ),
        ...reader.drop(i64.extend(entry)),
        symbol.set(i32.shr(entry, 16)),
        when(
          i32.less(symbol, 16),
          [i32.store8(i, symbol, place.lengths), i.set(i32.add(i, 1))],
          [
            value.set(0),
            when(i32.eq(symbol, 16), [
              when(i32.isZero(i), leave(faults.repeat.code)),
              value.set(i32.load8(i, place.lengths - 1)),
              count.set(i32.add(reader.value(2), 3)),
              ...reader.drop(2n),
            ]),
            when(i32.eq(symbol, 17), [count.set(i32.add(reader.value(3), 3)), ...reader.drop(3n)]),
            when(i32.eq(symbol, 18), [count.set(i32.add(reader.value(7), 11)), ...reader.drop(7n)]),
            when(i32.more(i32.add(i, count), all), leave(faults.repeat.code)),
            memory.fill(i32.add(i, place.lengths), value, count),
            i.set(i32.add(i, count)),
          ],
        ),
        again.when(i32.less(i, all)),
      ]),
      when(i32.isZero(i32.load8(0, place.lengths + 256)), leave(faults.endless.code)),
      ...reader.end(),
      when(i32.isZero(buildTable('literals', place.lengths, literals)), [give(faults.literalCode.code)]),
      when(i32.isZero(buildTable('distances', i32.add(literals, place.lengths), distances)), [
        give(faults.distanceCode.code),
      ]),
      give(0),
    ];
  });
}

/** A function that builds the tables of the codes that stand in RFC 1951, 3.2.6; gives 0. */
export function defineFixedCodes(module: WasmCode, buildTable: BuildTable): () => Expression<'i32'> {
  return module.define('fixedCodes', (local) => {
    const ignored = local('i32');
    return [
      memory.fill(place.lengths, 8, 144),
      memory.fill(place.lengths + 144, 9, 112),
      memory.fill(place.lengths + 256, 7, 24),
      memory.fill(place.lengths + 280, 8, 8),
      ignored.set(buildTable('literals', place.lengths, 288)),
      memory.fill(place.lengths, 5, 32),
      ignored.set(buildTable('distances', place.lengths, 32)),
      give(0),
    ];
  });
}
