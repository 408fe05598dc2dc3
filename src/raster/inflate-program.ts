import { defineAdler } from './inflate-adler.ts';
import { placeSymbols } from './inflate-alphabet.ts';
import { defineFixedCodes, defineOwnCodes } from './inflate-block-codes.ts';
import { defineBuildTable } from './inflate-codes.ts';
import { BitReader, inflateFaults, PAST_BYTES, place, type Stream, streamOf } from './inflate-layout.ts';
import { definePairs } from './inflate-pairs.ts';
import { defineDecode, GOES_ON } from './inflate-symbols.ts';
import {
  type Expression,
  give,
  type I32,
  i32,
  loop,
  memory,
  type Statement,
  WasmCode,
  when,
} from './wasm-code.ts';

/** The engine takes up better code only when a function is called again, so blocks are decoded in turns. */
const TURN_BYTES = 16384;
/** Pairs are worth making only in blocks that hold more. */
const FIRST_TURN_BYTES = 4096;

/**
 * The bytes of a WebAssembly module with `inflate(from, end, most)`: decodes deflate blocks (RFC 1951) and the Adler-32 behind them
 * (RFC 1950) from memory up to `end`, where `SLACK_BYTES` of zeros follow, to `place.output`, behind whose `most` bytes `SLACK_BYTES`
 * are written with any content. Gives how many bytes were decoded, or the code of one of `inflateFaults`; refuses what zlib refuses.
 */
export function inflateProgram(): Uint8Array<ArrayBuffer> {
  const module = new WasmCode();
  const stream = streamOf(module);
  placeSymbols(module);
  const adler = defineAdler(module);
  const buildTable = defineBuildTable(module);
  const fixedCodes = defineFixedCodes(module, buildTable);
  const ownCodes = defineOwnCodes(module, stream, buildTable);
  const pairs = definePairs(module);
  const stored = defineStored(module, stream);
  const decode = defineDecode(module, stream);

  module.define('inflate', (local, from, end, most) => {
    const reader = new BitReader(local, stream);
    const status = local('i32');
    const final = local('i32');
    const type = local('i32');
    /** Whether the tables are those of fixed codes: a hostile tile has nothing but empty blocks of them. */
    const isFixed = local('i32');
    const turn = local('i32');
    const at = local('i32');
    const { truncated, tooLong, blockType, checksum } = inflateFaults;
    const failed = (): Statement[] => [
      when(i32.more(reader.place(), end), [give(truncated.code)]),
      when(i32.more(stream.output, stream.outputEnd), [give(tooLong.code)]),
    ];
    const isWithin = (): I32 =>
      i32.and(
        i32.atMost(stream.output, stream.outputEnd),
        i32.atMost(stream.input, i32.add(end, PAST_BYTES)),
      );
    return [
      stream.inputEnd.set(end),
      stream.output.set(place.output),
      stream.outputEnd.set(i32.add(place.output, most)),
      stream.input.set(from),
      stream.buffer.set(0n),
      stream.bits.set(2n),
      loop((nextBlock) => [
        ...reader.begin(),
        when(reader.isPast(), [give(truncated.code)]),
        ...reader.refill(),
        final.set(reader.value(1)),
        type.set(i32.shr(reader.value(3), 1)),
        ...reader.drop(3n),
        ...reader.end(),
        status.set(blockType.code),
        when(i32.isZero(type), [status.set(stored())]),
        when(i32.eq(type, 1), [
          status.set(0),
          when(i32.isZero(isFixed), [status.set(fixedCodes()), isFixed.set(1)]),
        ]),
        when(i32.eq(type, 2), [status.set(ownCodes()), isFixed.set(0)]),
        when(i32.and(type, 3), [
          when(i32.isZero(status), [
            turn.set(FIRST_TURN_BYTES),
            loop((goesOn) => [
              status.set(decode(turn)),
              when(i32.and(i32.eq(status, GOES_ON), isWithin()), [
                when(i32.eq(turn, FIRST_TURN_BYTES), [
                  status.set(pairs()),
                  isFixed.set(0),
                  turn.set(TURN_BYTES),
                ]),
                goesOn.always(),
              ]),
            ]),
          ]),
        ]),
        ...reader.begin(),
        when(status, [...failed(), give(status)]),
        ...failed(),
        nextBlock.when(i32.isZero(final)),
      ]),
      at.set(reader.place()),
      when(i32.more(i32.add(at, 4), end), [give(truncated.code)]),
      when(i32.ne(adler(place.output, stream.output), bigEndian(at)), [give(checksum.code)]),
      give(i32.sub(stream.output, place.output)),
    ];
  });
  return module.bytes(1);
}

/** A function that copies a block without codes: gives 0 or a fault. */
function defineStored(module: WasmCode, stream: Stream): () => Expression<'i32'> {
  return module.define('stored', (local) => {
    const reader = new BitReader(local, stream);
    const at = local('i32');
    const length = local('i32');
    return [
      ...reader.begin(),
      at.set(reader.place()),
      stream.input.set(at),
      stream.buffer.set(0n),
      stream.bits.set(2n),
      when(i32.more(i32.add(at, 4), stream.inputEnd), [give(inflateFaults.truncated.code)]),
      length.set(i32.load16(at)),
      when(i32.ne(i32.xor(length, 0xffff), i32.load16(at, 2)), [give(inflateFaults.storedLength.code)]),
      at.set(i32.add(at, 4)),
      when(i32.more(i32.add(at, length), stream.inputEnd), [give(inflateFaults.truncated.code)]),
      when(i32.more(i32.add(stream.output, length), stream.outputEnd), [give(inflateFaults.tooLong.code)]),
      memory.copy(stream.output, at, length),
      stream.input.set(i32.add(at, length)),
      stream.output.set(i32.add(stream.output, length)),
      give(0),
    ];
  });
}

function bigEndian(at: I32): I32 {
  const byte = (offset: number): I32 => i32.shl(i32.load8(at, offset), 24 - 8 * offset);
  return i32.or(i32.or(byte(0), byte(1)), i32.or(byte(2), byte(3)));
}
