import assert from 'node:assert/strict';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, openBrowser, withoutChromium } from '../../support/browser.ts';
import { type Jupyter, startJupyter } from '../../support/jupyter.ts';
import { installIntoPrefix } from '../../support/jupyter-prefix.ts';
import { askKernel, openNotebook, runAllCells } from '../../support/notebook-page.ts';
import { testPython, withoutTestPython } from '../../support/venv.ts';
import { squareParcels } from '../sample-parcels.ts';

const skip =
  (chromiumPath() === undefined && withoutChromium) ||
  (testPython() === undefined && withoutTestPython) ||
  false;

const cells = [
  `const fields = await parcels('squares.geojson');
const map = new ParcelMap({ parcels: fields, height: 400 });
display(map);`,
  `const slider = new IntSlider({ value: 3, max: 50, description: 'n' });
const pick = new Dropdown({ options: ['ndvi', 'ndwi'] });
let clicks = 0;
const go = new Button({ description: 'Go', onClick: () => void clicks++ });
display(new VBox([new HBox([slider, pick]), go]));`,
];

describe('widgets of the kernel in JupyterLab', { skip }, () => {
  const across = 14;
  const squares = squareParcels(across);
  let jupyter: Jupyter;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'furrow-lab-'));
    const prefix = join(folder, 'prefix');
    const root = join(folder, 'notebooks');
    await mkdir(root, { recursive: true });
    await installIntoPrefix(prefix);
    const features = squares.parcels.map(({ pid, crop, geometry }) => ({
      type: 'Feature',
      properties: { pid, crop },
      geometry,
    }));
    await writeFile(join(root, 'squares.geojson'), JSON.stringify({ type: 'FeatureCollection', features }));
    const notebook = cells.map((source, i) => ({
      cell_type: 'code',
      id: `c${i}`,
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    }));
    const metadata = { kernelspec: { name: 'furrow', display_name: 'TypeScript (Furrow)' } };
    await writeFile(
      join(root, 'one.ipynb'),
      JSON.stringify({ cells: notebook, metadata, nbformat: 4, nbformat_minor: 5 }),
    );
    [jupyter, browser] = await Promise.all([startJupyter({ folder, root, prefix }), openBrowser()]);
    page = await (await browser.newContext({ viewport: { width: 1280, height: 1000 } })).newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    await openNotebook(page, `${jupyter.address}lab/tree/one.ipynb?token=${jupyter.token}&reset`);
    await runAllCells(page);
    await drawn();
  });
  after(async () => {
    await browser?.close();
    await jupyter?.stop();
  });

  const drawn = () =>
    page.waitForFunction(
      "document.querySelector('.furrow-map canvas') !== null && document.querySelector('.furrow-message').textContent === ''",
      undefined,
      { timeout: 30_000 },
    );

  const ask = (code: string) => askKernel(page, code);

  async function clickParcel(i: number): Promise<void> {
    const lon = 5.4 + ((i % across) + 0.5) * 0.004;
    const lat = 52.3 + (Math.floor(i / across) + 0.5) * 0.004;
    const { x, y } = await page.evaluate<{ x: number; y: number }>(`(() => {
      const box = document.querySelector('.furrow-map');
      const { x, y } = box.furrowMap.project([${lon}, ${lat}]);
      const { left, top } = box.getBoundingClientRect();
      return { x: left + x, y: top + y };
    })()`);
    await page.mouse.click(x, y);
  }

  test('30 clicks of 30 reach the kernel', async () => {
    let hits = 0;
    for (let k = 0; k < 30; k++) {
      const i = Math.floor(((k + 0.5) * squares.parcels.length) / 30);
      await clickParcel(i);
      await page.waitForTimeout(60);
      if ((await ask('console.log(map.selection.value)')) === String(i + 1)) hits++;
    }
    assert.equal(hits, 30);
  });

  test('a click arrives while a cell waits', async () => {
    await ask('let told = 0; map.selection.observe(() => { told = Date.now(); }); let ended = 0;');
    const waiting = ask('await new Promise((done) => setTimeout(done, 3000)); ended = Date.now();');
    await page.waitForTimeout(300);
    await clickParcel(3);
    await waiting;
    assert.equal(await ask('console.log(told > 0 && told < ended - 1000, map.selection.value)'), 'true 4');
  });

  test('standard controls work in both directions', async () => {
    await page.locator('button:has-text("Go")').click();
    await page.locator('.widget-dropdown select').selectOption('ndwi');
    const handle = (await page.locator('.noUi-handle').boundingBox()) ?? assert.fail();
    await page.mouse.move(handle.x + 5, handle.y + 5);
    await page.mouse.down();
    for (let step = 1; step <= 20; step++) await page.mouse.move(handle.x + 5 + 4 * step, handle.y + 5);
    await page.mouse.up();
    await page.waitForTimeout(500);
    const shown = await page.locator('.widget-readout').textContent();
    assert.equal(await ask('console.log(clicks, pick.value, slider.value)'), `1 ndwi ${shown?.trim()}`);
    assert.notEqual(shown?.trim(), '3');
    await ask('slider.value = 44;');
    await page.waitForTimeout(300);
    assert.equal((await page.locator('.widget-readout').textContent())?.trim(), '44');
  });

  test('widgets come back after the page was loaded again', async () => {
    await page.evaluate("jupyterapp.commands.execute('docmanager:save')");
    await page.waitForTimeout(500);
    await openNotebook(page, `${jupyter.address}lab/tree/one.ipynb?token=${jupyter.token}&reset`);
    await drawn();
    await clickParcel(20);
    await page.waitForTimeout(200);
    assert.equal(await ask('console.log(map.selection.value)'), '21');
    assert.equal((await page.locator('.widget-readout').textContent())?.trim(), '44');
    assert.deepEqual(errors, []);
  });
});
