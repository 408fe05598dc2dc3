/*
 * Pages that are new to the process cost as much as what is copied into them, and the garbage collector gives back large
 * arrays late, so that a loop over fresh ones meets new pages for ever (a third of the time of reading a large window).
 */

/** Smaller ones may share memory with other buffers of Node's. */
const LEAST_FREED = 128 * 1024;
/** Two a read under way; more are left to the garbage collector. */
const MOST_SPARE = 4;
const BLOCK_BYTES = 5 * 1024 * 1024;

/** Memory that is filled, read and filled again. */
export class ScratchMemory {
  #block: Uint8Array | undefined;
  #used = 0;

  /** `length` bytes with any content: of this memory while some is left, else new ones. */
  readonly take = (length: number): Uint8Array => {
    // Places divisible by eight fit every kind of sample.
    const start = Math.ceil(this.#used / 8) * 8;
    if (start + length > BLOCK_BYTES) return Buffer.allocUnsafeSlow(length);
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#used = start + length;
    return this.#block.subarray(start, this.#used);
  };

  /** What was taken so far may be handed out again. */
  reuse(): void {
    this.#used = 0;
  }
}

const spare: ScratchMemory[] = [];

/** Memory that is the caller's until it is given back. */
export function borrowScratch(): ScratchMemory {
  return spare.pop() ?? new ScratchMemory();
}

/** Nobody may write into it any more, and nobody read it. */
export function giveBackScratch(memory: ScratchMemory): void {
  memory.reuse();
  if (spare.length < MOST_SPARE) spare.push(memory);
}

/**
 * Gives the memory of a large array back at once. The caller made it, and nobody else holds it or a view of it: they would
 * find it empty.
 */
export function free({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  if (buffer.byteLength >= LEAST_FREED && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}
