import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { typeSettings } from '../../kernel/type-settings.ts';
import { TestKernel } from './client.ts';

/** The settings of an environment, and what is told about them. */
function settings(environment: Record<string, string>) {
  const told: string[] = [];
  const { mode, idleMs } = typeSettings(environment, (text) => told.push(text));
  return [mode, idleMs, ...told];
}

test('nothing set: warn, five minutes', () => {
  assert.deepEqual(settings({}), ['warn', 300_000]);
  assert.deepEqual(settings({ FURROW_TYPES: '', FURROW_LANGUAGE_IDLE: '' }), ['warn', 300_000]);
});

test('every mode; seconds, fractions of them, at once and never', () => {
  for (const mode of ['strict', 'warn', 'off']) assert.equal(settings({ FURROW_TYPES: mode })[0], mode);
  const idle = (text: string) => settings({ FURROW_LANGUAGE_IDLE: text }).slice(1);
  assert.deepEqual(idle('60'), [60_000]);
  assert.deepEqual(idle('0.5'), [500]);
  assert.deepEqual(idle('0'), [0]);
  assert.deepEqual(idle('never'), [Number.POSITIVE_INFINITY]);
});

test('what is not understood is told with its value and what may stand there', () => {
  assert.deepEqual(settings({ FURROW_TYPES: 'Strict' }), [
    'warn',
    300_000,
    "FURROW_TYPES is 'Strict', not one of strict, warn, off: types are set to warn",
  ]);
  for (const wrong of ['soon', '-1', 'NaN', ' '])
    assert.deepEqual(settings({ FURROW_LANGUAGE_IDLE: wrong }), [
      'warn',
      300_000,
      `FURROW_LANGUAGE_IDLE is '${wrong}', not a number of seconds (0: at once) or never: it is set to 300`,
    ]);
});

/** Process ids of the language processes of a kernel. */
function languageProcesses(kernel: TestKernel): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
        return (
          parent === kernel.process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('language-process')
        );
      } catch {
        return false; // it ended meanwhile
      }
    })
    .map(Number);
}

test('an idle language process ends; the next question starts one that knows all cells', async () => {
  const kernel = await TestKernel.start({ env: { FURROW_LANGUAGE_IDLE: '0.3' } });
  try {
    await kernel.run('const remembered: { alpha: number } = JSON.parse(\'{"beta": 1}\')');
    assert.deepEqual(languageProcesses(kernel), []);
    const ask = async () => {
      const { reply } = await kernel.ask('complete_request', { code: 'remembered.al', cursor_pos: 13 });
      return reply.matches;
    };
    assert.deepEqual(await ask(), ['alpha']);
    assert.equal(languageProcesses(kernel).length, 1);
    for (let n = 0; n < 50 && languageProcesses(kernel).length > 0; n++) await sleep(100);
    assert.deepEqual(languageProcesses(kernel), []);
    assert.deepEqual(await ask(), ['alpha']);
  } finally {
    await kernel.stop();
  }
});
