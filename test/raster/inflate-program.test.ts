import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { inflateFaults, place, SLACK_BYTES } from '../../src/raster/inflate-layout.ts';
import { inflateProgram } from '../../src/raster/inflate-program.ts';

interface Program {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  inflate(from: number, end: number, most: number): number;
}
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

const program = new WebAssembly.Instance(new WebAssembly.Module(inflateProgram())).exports as Program;
const memory = new Uint8Array(program.memory.buffer);

/** Inflates with the input's slack at the very end of the memory, and `canary` wherever nothing belongs to the program. */
function guarded(bytes: Uint8Array, most: number, canary: number): { length: number; output: Uint8Array } {
  const end = memory.length - SLACK_BYTES;
  const input = end - bytes.length;
  const written = place.output + most + SLACK_BYTES;
  assert.ok(written <= input);
  memory.fill(canary, place.output);
  memory.set(bytes, input);
  memory.fill(0, end);
  const length = program.inflate(input + 2, end, most);
  assert.ok(
    memory.subarray(written, input).every((byte) => byte === canary),
    'written behind the output',
  );
  assert.ok(Buffer.compare(memory.subarray(input, end), bytes) === 0, 'written into the input');
  assert.ok(
    memory.subarray(end).every((byte) => byte === 0),
    'written behind the input',
  );
  return { length, output: memory.slice(place.output, place.output + Math.max(0, length)) };
}

test('the inflating program stays inside its buffers and depends on nothing outside them', () => {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const most = 9000;
  for (let round = 0; round < 500; round++) {
    const content = new Uint8Array(Math.floor(random() * most));
    for (let i = 0; i < content.length; i++)
      content[i] = round % 3 === 0 ? random() * 256 : random() < 0.2 ? random() * 9 : (content[i - 2] ?? 7);
    const bytes = Uint8Array.from(deflateSync(content, { level: round % 10 }));
    if (round % 2 === 1) {
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << (round % 8));
    }
    const cut = round % 5 === 1 ? bytes.subarray(0, random() * bytes.length) : bytes;
    // Less room than the content needs, now and then.
    const room = round % 7 === 0 ? Math.floor(content.length * random()) : most;
    assert.deepEqual(guarded(cut, room, 0xa5), guarded(cut, room, 0x5a), `round ${round}`);
  }
});

test('the longest match may begin at the very end of the output, and leave the slack untouched behind', () => {
  const { code } = inflateFaults.tooLong;
  for (const distance of [1, 3, 17]) {
    const packed = deflateSync(Uint8Array.from({ length: 9000 }, (_, i) => i % distance));
    for (let room = 500; room < 1100; room++) assert.equal(guarded(packed, room, 0xa5).length, code);
  }
});
