import assert from 'node:assert/strict';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { attachPort } from '../../../widgets/host/attach-port.ts';
import { SeriesPlot } from '../../../widgets/host/series-plot.ts';
import { chromiumPath, openBrowser, withoutChromium } from '../../support/browser.ts';
import { type Jupyter, startJupyter } from '../../support/jupyter.ts';
import { installIntoPrefix } from '../../support/jupyter-prefix.ts';
import { askKernel, openNotebook, runAllCells } from '../../support/notebook-page.ts';
import { testPython, withoutTestPython } from '../../support/venv.ts';
import { InProcessPort } from '../in-process-port.ts';
import { season } from '../sample-season.ts';

const skip =
  (chromiumPath() === undefined && withoutChromium) ||
  (testPython() === undefined && withoutTestPython) ||
  false;

/** Opens the models of this process again from Python: any kernel that speaks the widget protocol can show them. */
function pythonCell(port: InProcessPort, shown: string): string {
  const models = [...port.comms.values()].map(({ id, opened, metadata }) => ({
    id,
    data: opened.data,
    metadata,
  }));
  return [
    'import json, comm',
    `models = json.loads(${JSON.stringify(JSON.stringify(models))})`,
    'comms, told = {}, []',
    'for m in models:',
    '    c = comm.create_comm(target_name="jupyter.widget", comm_id=m["id"], data=m["data"], metadata=m["metadata"])',
    '    c.on_msg(lambda message: told.append(message["content"]["data"]))',
    '    comms[m["id"]] = c',
    'from IPython.display import display',
    `display({"application/vnd.jupyter.widget-view+json": {"model_id": ${JSON.stringify(shown)}, "version_major": 2, "version_minor": 0}}, raw=True)`,
  ].join('\n');
}

describe('the prebuilt extension in JupyterLab', { skip }, () => {
  let jupyter: Jupyter;
  let browser: Browser;
  let root: string;

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'furrow-lab-'));
    const prefix = join(folder, 'prefix');
    root = join(folder, 'notebooks');
    await mkdir(root, { recursive: true });
    await installIntoPrefix(prefix);
    [jupyter, browser] = await Promise.all([startJupyter({ folder, root, prefix }), openBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await jupyter?.stop();
  });

  async function runNotebook(source: string): Promise<{ page: Page; errors: string[] }> {
    const cells = [
      { cell_type: 'code', id: 'one', execution_count: null, metadata: {}, outputs: [], source },
    ];
    const metadata = { kernelspec: { name: 'python3', display_name: 'Python' } };
    await writeFile(
      join(root, 'one.ipynb'),
      JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }),
    );
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await openNotebook(page, `${jupyter.address}lab/tree/one.ipynb?token=${jupyter.token}&reset`);
    await runAllCells(page);
    return { page, errors };
  }

  test('draws a season that a kernel opens, and tells the kernel of a clicked date', async () => {
    const port = new InProcessPort();
    attachPort(port);
    const plot = new SeriesPlot({ series: { points: season(20) }, index: 'ndvi' });
    const far = port.comms.get(plot.modelId) ?? assert.fail();
    const state = { ...(far.opened.data.state as object), ...(far.sent[0]?.data.state as object) };
    port.comms.set(far.id, { ...far, opened: { data: { state, buffer_paths: [] } as never, buffers: [] } });
    const { page, errors } = await runNotebook(pythonCell(port, plot.modelId));
    await page.waitForSelector('.furrow-widget .scatterlayer .point', { timeout: 30_000 });
    const dot = page.locator('.furrow-widget .scatterlayer .point').nth(3);
    const box = (await dot.boundingBox()) ?? assert.fail();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForTimeout(500);
    const told = await askKernel(page, 'print(json.dumps(told))');
    assert.deepEqual(JSON.parse(told).at(-1), {
      method: 'custom',
      content: { kind: 'select-date', revision: 1, point: 6 },
    });
    assert.deepEqual(errors, []);
  });
});
