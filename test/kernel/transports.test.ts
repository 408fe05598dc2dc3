import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { curveKeyPair } from 'zeromq';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { TestKernel } from './client.ts';

const program = fileURLToPath(new URL('../../kernel/main.ts', import.meta.url));

/** `text/plain` of the result of a turn. */
function plain(turn: { of(type: string): Record<string, unknown>[] }): unknown {
  const [result] = turn.of('execute_result');
  return (result?.data as Record<string, unknown> | undefined)?.['text/plain'];
}

describe('a connection that is encrypted', () => {
  test('serves clients that have the key, on all channels, and nobody else', async (context) => {
    const kernel = await TestKernel.start({ curve: curveKeyPair() });
    context.after(() => kernel.stop());
    assert.equal(plain(await kernel.run('1 + 1')), '2');
    assert.equal((await kernel.ask('usage_request', {}, 'control')).reply.status, 'ok');
    assert.equal((await kernel.beat()).toString(), 'beat');

    for (const curve of [undefined, curveKeyPair()]) {
      const stranger = kernel.another({ curve });
      context.after(() => stranger.close());
      for (const channel of ['shell', 'control'] as const) {
        const id = stranger.send('kernel_info_request', {}, { channel });
        await kernel.ask('kernel_info_request', {});
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.equal(kernel.heard(id) + stranger.heard(id), 0, channel);
      }
      assert.equal(stranger.log.length, 0, 'nothing on iopub either');
    }
  });

  test('is what jupyter_client makes with transport encryption', {
    skip: testPython() === undefined && withoutTestPython,
  }, (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'furrow-curve-'));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const kernels = join(folder, 'kernels', 'encrypted');
    mkdirSync(kernels, { recursive: true });
    const spec = {
      argv: [process.execPath, program, '{connection_file}'],
      display_name: 'encrypted',
      language: 'typescript',
      metadata: { supported_encryption: 'curve' },
    };
    writeFileSync(join(kernels, 'kernel.json'), JSON.stringify(spec));
    const { stdout, stderr } = spawnSync(testPython() as string, ['-c', python], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        ...process.env,
        JUPYTER_PATH: folder,
        JUPYTER_RUNTIME_DIR: folder,
        FURROW_HISTORY: 'none',
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    assert.equal(stdout.trim(), 'True ok 42 True', stderr);
  });
});

test('serves over ipc', async (context) => {
  const kernel = await TestKernel.start({ transport: 'ipc' });
  context.after(() => kernel.stop());
  assert.equal(plain(await kernel.run('20 + 22')), '42');
  assert.equal((await kernel.ask('usage_request', {}, 'control')).reply.status, 'ok');
  assert.equal((await kernel.beat()).toString(), 'beat');
});

const python = `
import json
from jupyter_client.manager import KernelManager
manager = KernelManager(kernel_name='encrypted', transport_encryption='required')
manager.start_kernel()
client = manager.client()
client.start_channels()
try:
    client.wait_for_ready(timeout=30)
    shown = []
    def hook(message):
        if message['msg_type'] == 'execute_result':
            shown.append(message['content']['data']['text/plain'])
    reply = client.execute_interactive('6 * 7', output_hook=hook, timeout=20)
    with open(manager.connection_file) as file:
        keys = json.load(file)
    print(len(keys['curve_secretkey']) == 40, reply['content']['status'], *shown, client.hb_channel.is_beating())
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`;
