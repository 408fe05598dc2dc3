import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Display } from '../../../kernel/cell/display.ts';
import { makeProgress } from '../../../kernel/cell/progress.ts';

/** A display that keeps what it was told, and a clock that is set by hand. */
function bench() {
  const texts: string[] = [];
  const clock = { now: 0 };
  const keep = (bundle: Readonly<Record<string, unknown>>) => void texts.push(String(bundle['text/html']));
  const bundle = (data: Readonly<Record<string, unknown>>) => {
    keep(data);
    return { displayId: 'bar', update: (value: unknown) => keep(value as Record<string, unknown>) };
  };
  return { texts, clock, progress: makeProgress({ bundle } as unknown as Display, () => clock.now) };
}

test('work that is soon over shows nothing', () => {
  const { texts, clock, progress } = bench();
  const bar = progress('short');
  bar.update(1, 2);
  clock.now = 500;
  bar.end();
  assert.deepEqual(texts, []);
});

test('long work shows its share and the time left, and leaves one line with its time', () => {
  const { texts, clock, progress } = bench();
  const bar = progress('long');
  clock.now = 5000;
  bar.update(1, 4, 'image 1');
  assert.match(texts[0] ?? '', /25 %.*about 15 s left.*image 1/);
  clock.now = 20_000;
  bar.end();
  assert.match(texts.at(-1) ?? '', /long: 20 s/);
});

test('a bar redraws at most ten times a second, and never reads a title as HTML', () => {
  const { texts, clock, progress } = bench();
  const bar = progress('<b>bold</b>');
  for (clock.now = 1000; clock.now < 2000; clock.now += 10) bar.update(clock.now, 10_000);
  assert.equal(texts.length, 10);
  assert.ok(texts.every((text) => !text.includes('<b>')));
});
