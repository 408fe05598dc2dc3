import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openRunLogs } from '../../src/api/openeo/run-logs.ts';
import { NotFound } from '../../src/errors.ts';

describe('logs of results whose callers waited', () => {
  let now = Date.parse('2026-06-01T10:00:00Z');
  const clock = () => new Date(now);
  const said = (logs: ReturnType<typeof openRunLogs>, id: string, owner = 'alice') => {
    const log = logs.begin(id, owner, 'info');
    log.add({ level: 'info', message: id });
    return log.close();
  };

  test('are read by their caller alone, and by nobody after an hour', () => {
    const logs = openRunLogs(clock);
    assert.ok(said(logs, 'a'));
    assert.deepEqual(logs.read('a', 'alice').lines, [
      { id: '1', level: 'info', message: 'a', time: clock() },
    ]);
    assert.throws(() => logs.read('a', 'bob'), NotFound);
    assert.throws(() => logs.read('b', 'alice'), NotFound);
    now += 3_599_999;
    logs.read('a', 'alice');
    now += 1;
    assert.throws(() => logs.read('a', 'alice'), NotFound);
  });

  test('keep what is severe enough, and are not kept without a line', () => {
    const logs = openRunLogs(clock);
    const log = logs.begin('a', 'alice', 'warning');
    log.add({ level: 'info', message: 'reading' });
    assert.equal(log.close(), false);
    assert.throws(() => logs.read('a', 'alice'), NotFound);
    log.add({ level: 'warning', message: 'torn' });
    assert.equal(log.close(), true);
    const { level, lines } = logs.read('a', 'alice');
    assert.deepEqual([level, ...lines.map(({ message }) => message)], ['warning', 'torn']);
  });

  test('are bounded: lines of one, logs of a caller who asks often, and logs of all', () => {
    const logs = openRunLogs(clock);
    const long = logs.begin('long', 'carol', 'info');
    for (let i = 0; i < 100; i++) long.add({ level: 'info', message: `${i} ${'x'.repeat(10_000)}` });
    long.close();
    assert.equal(logs.read('long', 'carol').lines.length, 8);
    said(logs, 'first', 'bob');
    for (let i = 0; i < 51; i++) said(logs, `a${i}`);
    assert.throws(() => logs.read('a0', 'alice'), NotFound);
    logs.read('a1', 'alice');
    logs.read('first', 'bob');
    for (let i = 0; i < 1_000; i++) said(logs, `c${i}`, `caller ${i}`);
    assert.throws(() => logs.read('first', 'bob'), NotFound);
    logs.read('c0', 'caller 0');
  });
});
