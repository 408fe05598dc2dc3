import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { openProgress } from '../../start/progress.ts';

function recorder(isTTY: boolean) {
  let text = '';
  return { isTTY, columns: 80, write: (part: string) => (text += part), read: () => text };
}

test('where no terminal is a line tells begin and end, and one every ten seconds how far it is', () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] });
  try {
    const target = recorder(false);
    const step = openProgress(target).step('Python', 'looking');
    mock.timers.tick(5000);
    step.update(0.25, 'fetching');
    for (let second = 0; second < 6; second++) mock.timers.tick(1000);
    step.done('ready');
    mock.timers.tick(20_000);
    assert.equal(target.read(), 'Python: looking\nPython: fetching (25 %, 10.0 s)\nPython: ready (11.0 s)\n');
  } finally {
    mock.timers.reset();
  }
});

test('on a terminal a bar appears after two seconds and the finished line stays alone', () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] });
  try {
    const target = recorder(true);
    const progress = openProgress(target);
    const step = progress.step('Build', 'compiling');
    step.update(0.5);
    mock.timers.tick(1000);
    assert.ok(!target.read().includes('█'));
    mock.timers.tick(1500);
    assert.match(target.read(), /Build: █{12}░{12} {2}50 %/);
    step.done();
    assert.ok(target.read().endsWith('\x1b[1A\x1b[JBuild: done (2.5 s)\n'));
  } finally {
    mock.timers.reset();
  }
});

test('an abandoned step says nothing more', () => {
  const target = recorder(false);
  const step = openProgress(target).step('Store', 'opening');
  step.abandon();
  step.done('open');
  assert.equal(target.read(), 'Store: opening\n');
});
