import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jupyterEnvironment } from '../../start/jupyter.ts';

test('what JupyterLab, kernels and Node write goes below the data folder', () => {
  const environment = jupyterEnvironment({ HOME: '/home/a', XDG_DATA_HOME: '/home/a/d' }, '/data', 'token');
  for (const name of [
    'JUPYTER_CONFIG_DIR',
    'JUPYTER_DATA_DIR',
    'JUPYTER_RUNTIME_DIR',
    'FURROW_HISTORY',
    'NODE_COMPILE_CACHE',
  ])
    assert.match(environment[name] ?? '', /^\/data\/\w+/, name);
  assert.equal(jupyterEnvironment({ FURROW_HISTORY: 'none' }, '/data', 'token').FURROW_HISTORY, 'none');
});
