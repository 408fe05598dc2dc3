import {
  BEHIND,
  BitReader,
  END,
  inflateFaults,
  MATCH,
  PAST_BYTES,
  place,
  SPECIAL,
  type Stream,
  tableBits,
} from './inflate-layout.ts';
import {
  type Branch,
  block,
  type Expression,
  give,
  type I32,
  i32,
  i64,
  loop,
  v128,
  type WasmCode,
  when,
} from './wasm-code.ts';

/** Given instead of 0 when a block goes on. */
export const GOES_ON = 1;

/**
 * A function that decodes the symbols of a block by the tables that stand ready, up to its end (0), the end of a turn of `turnBytes`
 * (`GOES_ON`) or a fault. The ends of the buffers are looked at once a round: the slack behind them takes what one round reads or
 * writes past them.
 *
 * What bounds it is the chain from a look into a table over the dropped bits to the next look. So the next entry is looked up
 * before the buffer is refilled: a round on the straight way drops at most 12 + 8 + 13 of at least 54 bits, and leaves those of a look;
 * all other ways refill first. Rare ways stand behind the straight one.
 */
export function defineDecode(module: WasmCode, stream: Stream): (turnBytes: I32) => Expression<'i32'> {
  return module.define('decode', (local, turnBytes) => {
    const reader = new BitReader(local, stream);
    const { buffer } = reader;
    const output = local('i32');
    /** The entry of the next literals or length, as it came from the table. */
    const found = local('i64');
    const foundDistance = local('i64');
    const entry = local('i32');
    const length = local('i32');
    const distance = local('i32');
    const from = local('i32');
    const to = local('i32');
    const step = local('i32');
    const same = local('v128');

    const look = (bits: number, table: number): Expression<'i64'> =>
      i64.load32(i32.and(i32.wrap(buffer), (2 ** bits - 1) * 4), table);
    const lookBehind = (word: I32, table: number): Expression<'i64'> =>
      i64.load32(
        i32.add(
          i32.and(i32.shr(word, 14), 0x7ffc),
          i32.and(i32.wrap(buffer), i32.shl(i32.sub(i32.shl(1, i32.and(i32.shr(word, 8), 15)), 1), 2)),
        ),
        table,
      );
    const baseOfLength = (): I32 => i32.and(i32.shr(entry, 16), 0x1ff);
    const lengthWithExtra = (): I32 => {
      const dropped = i32.and(i32.shr(i32.wrap(buffer), 2), i32.sub(i32.shl(1, entry), 1));
      return i32.add(baseOfLength(), i32.shr(dropped, i32.and(i32.shr(entry, 25), 15)));
    };
    const leave = (code: number) => [...reader.end(), stream.output.set(output), give(code)];
    const literals = () => [
      i32.store16(output, i32.shr(entry, 8)),
      output.set(i32.add(output, i32.and(i32.shr(entry, 6), 3))),
    ];

    /** Literals of an entry that says no more. */
    const only = () => [...literals(), ...reader.drop(found)];
    const lookForLiterals = () => [found.set(look(tableBits.literals, place.literalTable))];
    const readDistance = (fault: Branch) => [
      entry.set(i32.shr(entry, 16)),
      distance.set(
        i32.add(
          i32.load16(entry, place.distances),
          i32.and(
            i32.wrap(i64.shr(buffer, i64.shr(foundDistance, 8n))),
            i32.load16(entry, place.distances + 2),
          ),
        ),
      ),
      ...reader.drop(foundDistance),
      from.set(i32.sub(output, distance)),
      fault.when(i32.less(from, place.output)),
    ];
    const lookForDistance = () => [
      foundDistance.set(look(tableBits.distances, place.distanceTable)),
      entry.set(i32.wrap(foundDistance)),
    ];

    return [
      ...reader.begin(),
      output.set(stream.output),
      from.set(i32.add(output, turnBytes)),
      when(i32.more(from, stream.outputEnd), [from.set(stream.outputEnd)]),
      i32.store(0, from, place.turnEnd),
      i32.store(0, i32.add(stream.inputEnd, PAST_BYTES), place.inputLimit),
      ...reader.refill(),
      ...lookForLiterals(),
      block((turn) => [
        block((tooFar) => [
          loop((next) => [
            block((copying) => [
              block((specialDistance) => [
                block((special) => [
                  turn.when(i32.more(reader.input, i32.load(0, place.inputLimit))),
                  turn.when(i32.more(output, i32.load(0, place.turnEnd))),
                  ...reader.refill(),
                  entry.set(i32.wrap(found)),
                  when(i32.less(entry, MATCH), [
                    ...only(),
                    ...lookForLiterals(),
                    ...reader.refill(),
                    entry.set(i32.wrap(found)),
                    when(i32.less(entry, MATCH), [...only(), ...lookForLiterals(), next.always()]),
                  ]),
                  special.when(i32.atLeast(entry, SPECIAL)),
                  ...literals(),
                  length.set(baseOfLength()),
                  ...reader.drop(found),
                  ...lookForDistance(),
                  specialDistance.when(i32.lessSigned(entry, 0)),
                  ...readDistance(tooFar),
                  copying.when(i32.less(distance, 16)),
                  v128.store(output, v128.load(from)),
                  copying.when(i32.more(length, 16)),
                  output.set(i32.add(output, length)),
                  ...lookForLiterals(),
                  next.always(),
                ]),
                when(i32.and(entry, SPECIAL), [
                  when(i32.and(entry, BEHIND), [
                    ...reader.drop(found),
                    found.set(lookBehind(entry, place.literalTable)),
                    entry.set(i32.wrap(found)),
                    when(i32.less(entry, MATCH), [...only(), ...lookForLiterals(), next.always()]),
                  ]),
                  when(i32.and(entry, SPECIAL), [
                    ...reader.drop(found),
                    when(i32.and(entry, END), leave(0)),
                    ...leave(inflateFaults.literal.code),
                  ]),
                ]),
                ...literals(),
                length.set(lengthWithExtra()),
                ...reader.drop(found),
                ...lookForDistance(),
              ]),
              when(i32.lessSigned(entry, 0), [
                when(i32.and(entry, BEHIND), [
                  ...reader.drop(foundDistance),
                  foundDistance.set(lookBehind(i32.and(entry, 0x7fffffff), place.distanceTable)),
                  entry.set(i32.wrap(foundDistance)),
                ]),
                when(i32.lessSigned(entry, 0), leave(inflateFaults.distance.code)),
              ]),
              ...readDistance(tooFar),
            ]),
            ...reader.refill(),
            ...lookForLiterals(),
            to.set(output),
            output.set(i32.add(output, length)),
            when(i32.atLeast(distance, 16), [
              loop((again) => [
                v128.store(to, v128.load(from)),
                v128.store(to, v128.load(from, 16), 16),
                from.set(i32.add(from, 32)),
                to.set(i32.add(to, 32)),
                again.when(i32.less(to, output)),
              ]),
              next.always(),
            ]),
            when(i32.eq(distance, 1), [
              same.set(v128.splat8(i32.load8(from))),
              loop((again) => [
                v128.store(to, same),
                v128.store(to, same, 16),
                to.set(i32.add(to, 32)),
                again.when(i32.less(to, output)),
              ]),
              next.always(),
            ]),
            // Each word is right as far as the distance reaches; the next one begins there.
            step.set(distance),
            when(i32.more(distance, 8), [step.set(8)]),
            loop((again) => [
              i64.store(to, i64.load(from)),
              from.set(i32.add(from, step)),
              to.set(i32.add(to, step)),
              again.when(i32.less(to, output)),
            ]),
            next.always(),
          ]),
        ]),
        ...leave(inflateFaults.tooFar.code),
      ]),
      ...leave(GOES_ON),
    ];
  });
}
