import { InvalidFile } from '../errors.ts';
import { inflateFaults, place, SLACK_BYTES } from './inflate-layout.ts';
import { inflateProgram } from './inflate-program.ts';

/** More is left to zlib: memory of WebAssembly is never given back. */
const MOST_BYTES = 16 * 1024 * 1024;
const PAGE_BYTES = 65536;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
interface Inflater {
  readonly memory: Memory;
  inflate(from: number, end: number, most: number): number;
}
/** As much of it as is used here: Node's types have none. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

let inflater: Inflater | 'none' | undefined;
/** All of its memory; of no length once the memory has grown. */
let whole = new Uint8Array(0);

/**
 * The content of zlib data (RFC 1950), at most `most` bytes, in memory that the next call overwrites or takes away: copy what is to be
 * kept, and wait for nothing before (`isLent` tells such bytes). Bytes behind the end of the data are passed over. Undefined where zlib
 * has to do it: large data, data far longer than their content (zlib takes a quarter of the time for thousands of tiny blocks), or an engine or system that does not give the program its memory. Throws `InvalidFile` with zlib's words for
 * what zlib refuses, and for more than `most` bytes.
 */
export function inflate(bytes: Uint8Array, most: number): Uint8Array | undefined {
  const input = Math.ceil((place.output + most + SLACK_BYTES) / 16) * 16;
  const end = input + bytes.length;
  if (end > MOST_BYTES || bytes.length > most * 2 + PAGE_BYTES) return undefined;
  const program = prepared(end + SLACK_BYTES);
  if (program === undefined) return undefined;
  const fault = headerFault(bytes);
  if (fault !== undefined) throw new InvalidFile(fault);
  whole.set(bytes, input);
  whole.fill(0, end, end + SLACK_BYTES);
  const length = program.inflate(input + 2, end, most);
  if (length < 0) throw new InvalidFile(reasonOf(length));
  return whole.subarray(place.output, place.output + length);
}

/** Whether `inflate` gave these bytes, and will take their memory back. */
export function isLent({ buffer }: Uint8Array): boolean {
  return buffer === whole.buffer;
}

function prepared(size: number): Inflater | undefined {
  inflater ??= start();
  if (inflater === 'none') return undefined;
  const { memory } = inflater;
  if (memory.buffer.byteLength < size) {
    try {
      memory.grow(Math.ceil((size - memory.buffer.byteLength) / PAGE_BYTES));
    } catch {
      return undefined;
    }
  }
  if (whole.buffer !== memory.buffer) whole = new Uint8Array(memory.buffer);
  return inflater;
}

function start(): Inflater | 'none' {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(inflateProgram())).exports as Inflater;
  } catch {
    // An engine without vectors, or no address space: zlib does the same, only slower.
    return 'none';
  }
}

/** RFC 1950, 2.2, in the order of zlib's questions. */
function headerFault(bytes: Uint8Array): string | undefined {
  const [method, flags] = bytes;
  if (method === undefined || flags === undefined) return inflateFaults.truncated.reason;
  if (((method << 8) | flags) % 31 !== 0) return 'incorrect header check';
  if ((method & 15) !== 8) return 'unknown compression method';
  if (method >> 4 > 7) return 'invalid window size';
  return (flags & 0x20) === 0 ? undefined : 'Missing dictionary';
}

function reasonOf(code: number): string {
  const known = Object.values(inflateFaults).find((fault) => fault.code === code);
  return known?.reason ?? `fault ${code}`;
}
