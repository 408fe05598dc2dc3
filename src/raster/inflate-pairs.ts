import { LITERAL, place, SPECIAL, tableBits } from './inflate-layout.ts';
import { type Expression, give, i32, loop, type WasmCode, when } from './wasm-code.ts';

/**
 * A function that puts into the entry of each literal what follows it, a literal or a length, where the codes of both fit into the
 * table's bits; gives 0. It goes down, so that the entry of what follows is still that of one symbol.
 */
export function definePairs(module: WasmCode): () => Expression<'i32'> {
  return module.define('pairs', (local) => {
    const i = local('i32');
    const entry = local('i32');
    const next = local('i32');
    return [
      i.set((2 ** tableBits.literals - 1) * 4),
      loop((again) => [
        entry.set(i32.load(i, place.literalTable)),
        when(i32.and(entry, LITERAL), [
          next.set(i32.load(i32.and(i32.shr(i, entry), -4), place.literalTable)),
          when(
            i32.and(
              i32.isZero(i32.and(next, SPECIAL)),
              i32.atMost(i32.add(bitsOf(entry), bitsOf(next)), tableBits.literals),
            ),
            [
              i32.store(
                i,
                i32.add(entry, i32.add(i32.and(next, ~0xff00), i32.shl(i32.and(next, 0xff00), 8))),
                place.literalTable,
              ),
            ],
          ),
        ]),
        i.set(i32.sub(i, 4)),
        again.when(i32.ne(i, -4)),
      ]),
      give(0),
    ];
  });
}

const bitsOf = (entry: Parameters<typeof i32.shr>[0]) => i32.and(i32.shr(entry, 25), 15);
