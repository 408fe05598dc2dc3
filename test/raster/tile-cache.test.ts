import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TileCache } from '../../src/raster/tile-cache.ts';

const tile = (kilobytes: number): Uint8Array => new Uint8Array(new ArrayBuffer(kilobytes * 1024));

describe('the tile cache', () => {
  test('keeps what is asked for again, while tiles wanted once pass through a sixteenth of the budget', () => {
    const cache = new TileCache(4096 * 1024);
    const wanted = tile(100);
    cache.set('wanted', wanted);
    assert.equal(cache.get('wanted'), wanted);
    for (let i = 0; i < 100; i++) cache.set(`once ${i}`, tile(100));
    assert.equal(cache.get('wanted'), wanted);
    assert.equal(cache.get('once 0'), undefined);
    assert.equal(cache.get('once 99')?.length, 100 * 1024);
    assert.ok(cache.bytes <= 400 * 1024, String(cache.bytes));
  });

  test('drops what was not asked for the longest when the budget is full', () => {
    const cache = new TileCache(4096 * 1024);
    for (let i = 0; i < 60; i++) {
      cache.set(`tile ${i}`, tile(100));
      cache.get(`tile ${i}`);
      cache.get('tile 0');
    }
    assert.ok(cache.bytes <= 4096 * 1024);
    assert.ok(cache.get('tile 0'));
    assert.equal(cache.get('tile 1'), undefined);
  });

  test('gives back the memory of its own tiles at once, never of one that it handed out', () => {
    const cache = new TileCache(4096 * 1024);
    const [idle, handedOut, foreign] = [tile(200), tile(200), tile(200)];
    cache.set('handed out', handedOut, true);
    cache.get('handed out');
    cache.set('idle', idle, true);
    cache.set('foreign', foreign);
    for (let i = 0; i < 50; i++) {
      cache.set(`more ${i}`, tile(200), true);
      cache.get(`more ${i}`);
    }
    for (let i = 0; i < 5; i++) cache.set(`last ${i}`, tile(200), true);
    assert.equal(cache.get('idle'), undefined);
    assert.equal(cache.get('foreign'), undefined);
    assert.equal(cache.get('handed out'), undefined);
    assert.equal(idle.length, 0);
    assert.equal(foreign.length, 200 * 1024);
    assert.equal(handedOut.length, 200 * 1024);
  });
});
