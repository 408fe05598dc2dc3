import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRaster } from '../../src/raster/open-raster.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { memorySource } from '../../src/storage/memory-source.ts';

const REDUCED = 1;
const MASK = 4;
const side = 64;

/** A small picture with one more page of one bit a pixel at the end of its chain of directories. */
async function withPage(subfileType: number): Promise<Uint8Array> {
  const bands = [new Uint8Array(side * side).map((_, i) => i % 251)];
  const file = await encodeCog(
    { width: side, height: side, dataType: 'uint8', bands },
    { overviews: 'none' },
  );
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let link = 4;
  for (let at = view.getUint32(link, true); at !== 0; at = view.getUint32(link, true))
    link = at + 2 + view.getUint16(at, true) * 12;
  const page = side / 2;
  const fields: readonly (readonly [tag: number, value: number])[] = [
    [254, subfileType],
    [256, page],
    [257, page],
    [258, 1],
    [259, 1],
    [262, subfileType === MASK ? 4 : 1],
    [273, 8],
    [277, 1],
    [278, page],
    [279, (page * page) / 8],
  ];
  const whole = new Uint8Array(file.length + 2 + fields.length * 12 + 4);
  whole.set(file);
  const out = new DataView(whole.buffer);
  out.setUint32(link, file.length, true);
  out.setUint16(file.length, fields.length, true);
  for (const [i, [tag, value]] of fields.entries()) {
    const at = file.length + 2 + i * 12;
    out.setUint16(at, tag, true);
    out.setUint16(at + 2, 4, true);
    out.setUint32(at + 4, 1, true);
    out.setUint32(at + 8, value, true);
  }
  return whole;
}

test('a mask of another size than the picture and its overviews is none, as in GDAL', async () => {
  const raster = await openRaster(memorySource(await withPage(MASK)));
  assert.equal(raster.readMask, undefined);
  assert.deepEqual(raster.info.maskFlags, [['all_valid']]);
  assert.equal((await raster.read())[0]?.[5], 5);
});

test('a reduced page of pixels of another kind is no overview and no obstacle', async () => {
  const raster = await openRaster(memorySource(await withPage(REDUCED)));
  assert.equal(raster.info.levels.length, 1);
  assert.equal((await raster.read())[0]?.[5], 5);
});
