import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Cancelled, ObjectChanged } from '../../src/errors.ts';
import { openRasterAt } from '../../src/raster/raster-cache.ts';
import { encodeCog } from '../../src/raster/write-cog.ts';
import { rangeServer } from '../storage/range-server.ts';
import { syntheticBand } from '../support/synthetic-pixels.ts';

async function picture(seed: number, size = 600): Promise<Uint8Array> {
  const bands = [syntheticBand('uint16', size, size, seed)];
  return encodeCog({ width: size, height: size, dataType: 'uint16', bands }, { tileSize: 256 });
}

test('a local header is read once, and anew when the file changed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-cache-'));
  try {
    const path = join(folder, 'a.tif');
    await writeFile(path, await picture(1));
    const [first, again] = await Promise.all([openRasterAt(path), openRasterAt(path)]);
    assert.equal(first, again);
    assert.equal(await openRasterAt(path), first);
    await writeFile(path, await picture(2, 500));
    const other = await openRasterAt(path);
    assert.deepEqual([first.info.width, other.info.width], [600, 500]);
    await assert.rejects(first.read(), ObjectChanged);
    await assert.rejects(openRasterAt(path, { signal: AbortSignal.abort() }), Cancelled);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a caller that is cancelled does not wait for a server that hangs, which is let go of', {
  timeout: 5000,
}, async (context) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cancel = new AbortController();
  const opened = openRasterAt(`http://127.0.0.1:${port}/a.tif`, { signal: cancel.signal, trust: 'user' });
  await once(server, 'connection');
  const [socket] = sockets;
  assert.ok(socket);
  await once(socket, 'data');
  const letGo = once(socket, 'close');
  cancel.abort();
  await assert.rejects(opened, Cancelled);
  await letGo;
});

test('an opening goes on while somebody waits for it; whoever comes after the last was cancelled begins anew', {
  timeout: 5000,
}, async () => {
  await using server = await rangeServer({ '/a.tif': await picture(5) });
  server.faults.push('silent');
  const stops = [new AbortController(), new AbortController()];
  const [first, second] = stops.map(({ signal }) =>
    openRasterAt(`${server.origin}/a.tif`, { signal, trust: 'user' }),
  );
  assert.ok(first && second);
  while (server.ranges.length === 0) await setTimeout(5);
  stops[0]?.abort();
  await assert.rejects(first, Cancelled);
  assert.equal(await Promise.race([second.catch(() => 'over'), setTimeout(50, 'waits')]), 'waits');
  stops[1]?.abort();
  await assert.rejects(second, Cancelled);
  const third = await openRasterAt(`${server.origin}/a.tif`);
  assert.equal(third.info.width, 600);
  assert.equal((await third.read())[0]?.length, 600 * 600);
  assert.equal(await openRasterAt(`${server.origin}/a.tif`), third);
});

test('a mask beside a local file is the one that stands there now', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'furrow-cache-'));
  const side = 64;
  const mask = (hidden: number): Promise<Uint8Array> => {
    const bands = [new Uint8Array(side * side).fill(255).fill(0, 0, hidden)];
    return encodeCog({ width: side, height: side, dataType: 'uint8', bands }, { overviews: 'none' });
  };
  try {
    const path = join(folder, 'a.tif');
    await writeFile(path, await picture(4, side));
    assert.equal((await openRasterAt(path)).readMask, undefined);
    for (const hidden of [10, 2000]) {
      await writeFile(`${path}.msk`, await mask(hidden));
      const raster = await openRasterAt(path);
      assert.deepEqual(raster.info.maskFlags, [['per_dataset']]);
      const valid = await raster.readMask?.();
      assert.deepEqual(valid, new Uint8Array(side * side).fill(1).fill(0, 0, hidden));
      // Tiles that are cut by a window are kept.
      const part = await raster.readMask?.({ window: { x: 0, y: 30, width: side - 1, height: 1 } });
      assert.equal(part?.[0], hidden > 30 * side ? 0 : 1);
    }
    await rm(`${path}.msk`);
    assert.equal((await openRasterAt(path)).readMask, undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a remote window takes one request once the header is known; a change is found and then opened', async () => {
  await using server = await rangeServer({ '/a.tif': await picture(3) });
  const url = `${server.origin}/a.tif`;
  const raster = await openRasterAt(url, { trust: 'user' });
  await openRasterAt(url);
  assert.equal(server.ranges.length, 1);
  const window = { x: 200, y: 200, width: 100, height: 20 };
  const cut = await raster.read({ window });
  assert.equal(server.ranges.length, 2);
  const [whole] = await raster.read();
  assert.equal(cut[0]?.[0], whole?.[200 * 600 + 200]);
  server.faults.push('changed');
  await assert.rejects(raster.read(), ObjectChanged);
  assert.notEqual(await openRasterAt(url), raster);
});

test('of objects that only come whole the small ones are kept, the large ones not', async () => {
  const objects = { '/small.tif': await picture(4), '/large.tif': new Uint8Array(34 * 2 ** 20) };
  objects['/large.tif'].set(objects['/small.tif']);
  await using server = await rangeServer(objects, { ranges: false });
  const open = (path: string) => openRasterAt(`${server.origin}${path}`, { trust: 'user' });
  const small = await open('/small.tif');
  const large = await open('/large.tif');
  assert.deepEqual((await large.read())[0], (await small.read())[0]);
  assert.equal(await open('/small.tif'), small);
  assert.equal(server.ranges.length, 2);
  assert.notEqual(await open('/large.tif'), large);
  assert.equal(server.ranges.length, 3);
});
