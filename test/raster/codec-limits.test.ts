import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Cancelled, InvalidFile, LimitExceeded } from '../../src/errors.ts';
import { codecPool } from '../../src/raster/codec-pool.ts';
import type { JpegTile } from '../../src/raster/tiff-codec-tasks.ts';

const side = 4096;

/** A grey JPEG whose blocks are two zero bits each: little to read, much to do. */
function greyTile(size = side): JpegTile {
  const table = (kind: number): number[] => [0xff, 0xc4, 0, 20, kind, 1, ...Array(15).fill(0), 0];
  const head = [
    ...[0xff, 0xd8, 0xff, 0xdb, 0, 67, 0, ...Array(64).fill(1)],
    ...[0xff, 0xc0, 0, 11, 8, size >> 8, size & 255, size >> 8, size & 255, 1, 1, 0x11, 0],
    ...table(0x00),
    ...table(0x10),
    ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0],
  ];
  const bytes = new Uint8Array(head.length + (size / 8) ** 2 / 4 + 2);
  bytes.set(head);
  bytes.set([0xff, 0xd9], bytes.length - 2);
  const tile = { bytes, width: size, height: size, needed: size, samples: 1, dataType: 'uint8' as const };
  return { ...tile, where: 'a test, tile 0', tables: undefined, ycbcr: false };
}

after(() => {
  delete process.env.FURROW_MAX_CODEC_MS;
});

test('a tile that takes too long is ended in its thread, and the next one is decoded', async () => {
  process.env.FURROW_MAX_CODEC_MS = '20';
  const started = performance.now();
  await assert.rejects(codecPool().run('jpeg', greyTile()), LimitExceeded);
  assert.ok(performance.now() - started < 2000);
  delete process.env.FURROW_MAX_CODEC_MS;
  const pixels = (await codecPool().run('jpeg', greyTile())) as Uint8Array;
  assert.equal(pixels.length, side * side);
  assert.ok(pixels.every((value) => value === 128));
});

test('the thread that asks goes on meanwhile, and may change its mind', async () => {
  const abort = new AbortController();
  let turns = 0;
  const ticking = setInterval(() => {
    if (++turns === 5) abort.abort();
  }, 1);
  await assert.rejects(codecPool().run('jpeg', greyTile(), { signal: abort.signal }), Cancelled);
  clearInterval(ticking);
  assert.ok(turns >= 5);
});

test('damage in a stream is told with its place', async () => {
  const tile = greyTile(64);
  const cut = { ...tile, bytes: tile.bytes.slice(0, tile.bytes.length - 8) };
  await assert.rejects(
    codecPool().run('jpeg', cut),
    (error) => error instanceof InvalidFile && /a test, tile 0/.test(error.message),
  );
});
