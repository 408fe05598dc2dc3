import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { limit } from '../../../src/index.ts';
import { TileService } from '../../../widgets/host/tile-service.ts';
import { isTileRequest, tilesWaiting } from '../../../widgets/shared/tile-messages.ts';

const request = (id: string, z = 1, x = 0, y = 0, source = 'a') => ({ kind: 'tile', id, source, z, x, y });

describe('the tile service of a comm', () => {
  test('answers with the bytes as a buffer, and without one for an empty tile', async () => {
    const sent: unknown[] = [];
    const service = new TileService(
      (source) => (source === 'a' ? (z, x, y) => new Uint8Array([z, x, y]) : undefined),
      (content, buffers) => sent.push([content, buffers.map((b) => [...b])]),
    );
    assert.ok(service.take(request('1', 3, 2, 1)));
    assert.ok(service.take(request('2', 3, 2, 1, 'unknown')));
    await turn();
    assert.deepEqual(sent, [
      [{ kind: 'tile', id: '1' }, [[3, 2, 1]]],
      [{ kind: 'tile', id: '2' }, []],
    ]);
  });

  test('tells the reason of a failure and goes on', async () => {
    const sent: unknown[] = [];
    const service = new TileService(
      () => (z) => {
        if (z === 2) throw new RangeError('no such file');
        return undefined;
      },
      (content) => sent.push(content),
    );
    service.take(request('bad', 2));
    service.take(request('good', 1));
    await turn();
    assert.deepEqual(sent, [
      { kind: 'tile-error', id: 'bad', reason: 'no such file' },
      { kind: 'tile', id: 'good' },
    ]);
  });

  test('works on no more than the limit at once, and not at all on what was cancelled', async () => {
    let working = 0;
    let most = 0;
    const made: number[] = [];
    const release: (() => void)[] = [];
    const answered: string[] = [];
    const service = new TileService(
      () => async (_z, x) => {
        most = Math.max(most, ++working);
        made.push(x);
        await new Promise<void>((done) => release.push(done));
        working--;
        return undefined;
      },
      (content) => answered.push(String(content.id)),
    );
    for (let x = 0; x < 40; x++) service.take(request(`t${x}`, 6, x));
    service.take({ kind: 'tile-cancel', id: 't0' });
    service.take({ kind: 'tile-cancel', id: 't39' });
    while (release.length > 0) {
      release.shift()?.();
      await turn();
    }
    assert.equal(most, limit('tileRequests'));
    assert.equal(made.length, 39);
    assert.ok(!made.includes(39));
    assert.equal(answered.length, 38);
    assert.ok(!answered.includes('t0'));
  });

  test('refuses a flood and a used id', async () => {
    const reasons: unknown[] = [];
    const service = new TileService(
      () =>
        (_z, _x, _y, { signal }) =>
          new Promise((done) => signal.addEventListener('abort', () => done(undefined))),
      (content) => reasons.push(content.reason),
    );
    for (let i = 0; i < limit('tileRequests') + tilesWaiting; i++) service.take(request(`t${i}`));
    assert.deepEqual(reasons, []);
    service.take(request('one more'));
    service.take(request('t0'));
    assert.equal(reasons.length, 2);
    service.close();
    await turn();
    assert.equal(reasons.length, 2);
  });

  test('takes no message that is no request of a tile in the world', () => {
    const wrong: unknown[] = [
      null,
      'tile',
      { kind: 'tile' },
      request('', 1),
      request('1', 25),
      request('1', 1, 2),
      request('1', 1, 0, -1),
      request('1', 1.5),
      request('1', Number.NaN),
      { ...request('1'), source: 7 },
      { ...request('1'), id: 'x'.repeat(101) },
    ];
    assert.deepEqual(wrong.filter(isTileRequest), []);
    assert.ok(isTileRequest(request('1', 24, 2 ** 24 - 1, 0)));
  });
});
