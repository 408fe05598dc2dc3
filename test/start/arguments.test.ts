import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readArguments } from '../../start/arguments.ts';
import { StartFailed } from '../../start/start-failed.ts';

test('without arguments the browser opens and port and folder are the usual ones', () => {
  assert.deepEqual(readArguments([], '/home/ada'), {
    help: false,
    browser: true,
    port: undefined,
    data: undefined,
  });
});

test('every option is read, a relative folder counts from where the user stands', () => {
  assert.deepEqual(readArguments(['--no-browser', '--port', '9001', '--data', 'my season'], '/home/ada'), {
    help: false,
    browser: false,
    port: 9001,
    data: '/home/ada/my season',
  });
  assert.equal(readArguments(['--port=0', '--data=/srv/furrow'], '/home/ada').data, '/srv/furrow');
  assert.equal(readArguments(['--help'], '/').help, true);
});

test('an option that does not exist is named in one sentence', () => {
  assert.throws(
    () => readArguments(['--prot', '80'], '/'),
    (error) => error instanceof StartFailed && /--prot/.test(error.message) && !error.message.includes('\n'),
  );
});

for (const port of ['80000', '-1', 'http', '', '8.5'])
  test(`the port '${port}' is refused`, () => {
    assert.throws(() => readArguments([`--port=${port}`], '/'), StartFailed);
  });
