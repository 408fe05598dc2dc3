import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Display } from '../../../kernel/cell/display.ts';
import { makeFollow } from '../../../kernel/cell/follow.ts';
import { makeProgress } from '../../../kernel/cell/progress.ts';

/** The global `progress` whose every item takes a second, and the places where it draws with their texts. */
function bench() {
  const places: string[][] = [];
  let now = 0;
  const bundle = (data: Readonly<Record<string, unknown>>) => {
    const texts = [String(data['text/plain'])];
    places.push(texts);
    return {
      displayId: `${places.length}`,
      update: (value: unknown) => void texts.push(String((value as Record<string, unknown>)['text/plain'])),
    };
  };
  const progress = makeFollow(makeProgress({ bundle } as unknown as Display, () => now));
  return { places, progress, pass: (ms = 1000) => void (now += ms) };
}

test('a loop has its items, and a bar up to its end', () => {
  const { places, progress, pass } = bench();
  const seen: string[] = [];
  for (const item of progress(['a', 'b', 'c', 'd'], { title: 'letters' })) {
    seen.push(item);
    pass();
  }
  assert.deepEqual(seen, ['a', 'b', 'c', 'd']);
  assert.deepEqual(places, [
    [
      'letters 25 % about 3 s left',
      'letters 50 % about 2 s left',
      'letters 75 % about 1 s left',
      'letters 100 %',
      'letters: 4 s',
    ],
  ]);
});

test('an asynchronous loop, and one of unknown length', async () => {
  const { places, progress, pass } = bench();
  async function* source() {
    yield* [1, 2];
  }
  for await (const _ of progress(source(), { title: 'pages' })) pass();
  assert.deepEqual(places, [['pages 1, 1 s', 'pages 2, 2 s', 'pages: 2 s']]);
  for (const _ of progress(new Set([1, 2]).values(), { total: 2 })) pass();
  assert.match(places[1]?.[0] ?? '', /^Progress 50 %/);
});

test('a loop that is left, whose body throws, or whose source throws, says so', () => {
  const { places, progress, pass } = bench();
  const list = [1, 2, 3];
  for (const item of progress(list)) {
    pass();
    if (item === 2) break;
  }
  assert.throws(() => {
    for (const item of progress(list)) {
      pass();
      if (item === 3) throw new RangeError('body');
    }
  }, /body/);
  function* failing() {
    yield 1;
    throw new RangeError('source');
  }
  assert.throws(() => {
    for (const _ of progress(failing())) pass();
  }, /source/);
  assert.deepEqual(
    places.map((texts) => texts.at(-1)),
    [
      'Progress: stopped at 1 of 3 after 2 s',
      'Progress: stopped at 2 of 3 after 3 s',
      'Progress: failed at 1 after 1 s',
    ],
  );
});

test('inner bars take one place below the outer one', () => {
  const { places, progress, pass } = bench();
  for (const outer of progress([1, 2, 3], { title: 'outer' }))
    for (const _ of progress([1, 2], { title: `inner ${outer}` })) pass();
  assert.equal(places.length, 2);
  const [first, second] = places.map((texts) => texts.at(-1));
  assert.deepEqual([first, second], ['inner 3: 2 s', 'outer: 6 s']);
});

test('a bar by hand ends with its block', () => {
  const { places, progress, pass } = bench();
  {
    using bar = progress.bar({ title: 'copy', total: 10 });
    pass();
    bar.advance(4, 'file 4');
    pass();
    bar.update(8);
    bar.end('failed');
    bar.advance();
  }
  assert.deepEqual(places, [
    ['copy 40 % about 2 s left file 4', 'copy 80 % about 1 s left', 'copy: failed at 8 of 10 after 2 s'],
  ]);
});

test('what cannot be looped over is refused', () => {
  for (const wrong of [4, null, undefined, {}, () => 1])
    assert.throws(() => bench().progress(wrong as unknown as number[]), { code: 'InvalidArgument' });
});

test('titles, notes and counts that are no such thing are shown as they read', () => {
  const { places, progress, pass } = bench();
  const bar = progress.bar({ title: 5 as unknown as string, total: '10' as unknown as number });
  pass();
  bar.update('4' as unknown as number, null as unknown as string);
  bar.advance();
  bar.end();
  assert.deepEqual(places, [['5 40 % about 2 s left null', '5: 1 s']]);
  const odd = progress.bar();
  pass();
  odd.update('<b>' as unknown as number);
  assert.equal(places.at(-1)?.[0], 'Progress 0, 1 s');
});
