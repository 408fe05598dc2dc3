/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { packageRoot } from '../../src/config.ts';
import { makeDemoSeason } from '../../src/demo/make-demo-season.ts';
import { areaBounds } from '../../src/geometry/area.ts';
import { transformer } from '../../src/geometry/crs.ts';
import type { Area } from '../../src/geometry/polygon.ts';
import { pixelRuns } from '../../src/geometry/rasterize.ts';
import { chromiumPath, openBrowser, withoutChromium } from '../support/browser.ts';
import { type Jupyter, startJupyter } from '../support/jupyter.ts';
import { installIntoPrefix } from '../support/jupyter-prefix.ts';
import { coloursOfMap } from '../support/map-colours.ts';
import {
  askKernel,
  cellErrors,
  openNotebook,
  runAllCells,
  scrollToOutput,
} from '../support/notebook-page.ts';
import { withoutSharedData } from '../support/shared-data.ts';
import { testPython, withoutTestPython } from '../support/venv.ts';
import { demoRun, type SeasonRun, swissRun } from './season-runs.ts';

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Cells of the notebook that hold the widgets and the monthly NDVI, counted with the texts. */
const widgetCell = 6;
const monthsCell = 12;

describe('a season inspected in JupyterLab', {
  skip:
    (chromiumPath() === undefined && withoutChromium) || (testPython() === undefined && withoutTestPython),
  timeout: 600_000,
}, () => {
  const artefacts = join(packageRoot(), 'test', 'artefacts');
  const folder = mkdtempSync(join(tmpdir(), 'furrow-inspect-'));
  const root = join(folder, 'notebooks');
  const data = join(folder, 'data');
  let jupyter: Jupyter;
  let browser: Browser;
  const errors: string[] = [];

  before(async () => {
    mkdirSync(root, { recursive: true });
    mkdirSync(artefacts, { recursive: true });
    const prefix = join(folder, 'prefix');
    await Promise.all([installIntoPrefix(prefix), makeDemoSeason({ folder: join(data, 'demo') })]);
    [jupyter, browser] = await Promise.all([
      startJupyter({ folder, root, prefix, env: { FURROW_DATA: data } }),
      openBrowser(),
    ]);
  });
  after(async () => {
    await browser?.close();
    await jupyter?.stop();
  });

  async function open({ name, parameters }: SeasonRun): Promise<Page> {
    const book = JSON.parse(
      readFileSync(join(packageRoot(), 'notebooks', '01-first-season.ipynb'), 'utf8'),
    ) as { cells: { metadata: { tags?: string[] }; source: string[] | string }[] };
    for (const cell of book.cells)
      if (parameters !== undefined && cell.metadata.tags?.includes('parameters')) cell.source = parameters;
    const file = `${name.replaceAll(' ', '-')}.ipynb`;
    writeFileSync(join(root, file), JSON.stringify(book));
    const page = await browser.newPage({ viewport: { width: 1400, height: 1060 } });
    page.on('pageerror', (error) => errors.push(String(error)));
    await openNotebook(page, `${jupyter.address}lab/tree/${file}?token=${jupyter.token}&reset`);
    return page;
  }

  /** Where on the page a parcel's inner point lies, by the map's own projection. */
  async function placeOfParcel(page: Page, pid: number): Promise<Place> {
    const told = await askKernel(
      page,
      `console.log(JSON.stringify([fields.parcel(${pid}).geometry, fields.crs]))`,
    );
    const [lon, lat] = innerPoint(...(JSON.parse(told) as [Area, string]));
    return page.evaluate<Place>(`(() => {
      const box = document.querySelector('.furrow-map');
      const { x, y } = box.furrowMap.project([${lon}, ${lat}]);
      const { left, top } = box.getBoundingClientRect();
      return { x: left + x, y: top + y };
    })()`);
  }

  /** Where on the page the clear dates of the plot stand. */
  const placesOfDates = (page: Page) =>
    page.evaluate<Place[]>(`[...document.querySelectorAll('.scatterlayer .point')]
      .filter((point) => typeof point.__data__?.data === 'number')
      .map((point) => point.getBoundingClientRect())
      .map(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))`);

  /** Keeps a picture of what the page shows, also when the inspection fails. */
  async function inspect(run: SeasonRun, name: string): Promise<void> {
    const page = await open(run);
    try {
      await inspectParcel(page);
      await page.screenshot({ path: join(artefacts, `inspect-${name}.png`) });
      if (run === demoRun && process.env.UPDATE_SNAPSHOTS === '1')
        await page.screenshot({ path: join(packageRoot(), 'notebooks', 'first-season.png') });
      await inspectMonths(page);
    } finally {
      await page.screenshot({ path: join(artefacts, `last-${name}.png`) });
      await page.close();
    }
    assert.deepEqual(errors, []);
  }

  /** The monthly medians on their map: the month shown first, and another one chosen from the list. */
  async function inspectMonths(page: Page): Promise<void> {
    await scrollToOutput(page, monthsCell);
    await page.waitForTimeout(2500);
    const cell = `jupyterapp.shell.currentWidget.content.widgets[${monthsCell}].node`;
    const map = `${cell}.querySelector('.furrow-map').furrowMap`;
    assert.ok((await coloursOfMap(page, map)) > 20, 'the first month is drawn');
    const bar = () => page.evaluate<string>(`${cell}.querySelector('.furrow-bar').textContent`);
    const before = await bar();
    const list = page.locator('.widget-dropdown select');
    const months = await list.locator('option').allTextContents();
    const other =
      months.find((month) => !before.includes(month)) ?? assert.fail('the cube has one month only');
    await list.selectOption({ label: other });
    await page.waitForFunction(
      `${cell}.querySelector('.furrow-bar').textContent !== ${JSON.stringify(before)}`,
    );
    assert.ok((await bar()).includes(other), 'the chosen month is named');
    await page.waitForTimeout(2500);
    assert.ok((await coloursOfMap(page, map)) > 20, 'the chosen month is drawn');
  }

  async function inspectParcel(page: Page): Promise<void> {
    const ask = (code: string) => askKernel(page, code);
    await runAllCells(page);
    assert.deepEqual(await cellErrors(page), []);
    await scrollToOutput(page, widgetCell);
    await page.waitForFunction(
      `(() => {
        const map = document.querySelector('.furrow-map')?.furrowMap;
        return map?.loaded() === true && map.queryRenderedFeatures().length > 0;
      })()`,
      undefined,
      { timeout: 30_000 },
    );
    await page.waitForTimeout(1000);

    const chosen = Number(await ask('console.log(map.selection.value)'));
    const other = Number(
      await ask(`console.log([...fields.parcels].sort((a, b) => b.area - a.area)
        .find(({ pid }) => pid !== ${chosen}).pid)`),
    );
    const parcel = await placeOfParcel(page, other);
    await page.mouse.click(parcel.x, parcel.y);
    await page.waitForTimeout(300);
    assert.equal(
      await ask('console.log(map.selection.value)'),
      String(other),
      'the clicked parcel is selected',
    );

    const label = await ask(`console.log(fields.parcel(${other}).label)`);
    await page.waitForFunction(
      `[...document.querySelectorAll('.furrow-title')].some((title) => title.textContent.includes(${JSON.stringify(label)}))`,
      undefined,
      { timeout: 30_000 },
    );
    const dates = await placesOfDates(page);
    const points = Number(await ask(`console.log((await read(${other})).points.length)`));
    assert.equal(dates.length, points, 'every date of the season has a marker');

    const date = dates[Math.floor(dates.length / 2)] ?? assert.fail('no date is drawn');
    await page.mouse.move(date.x, date.y);
    await page.waitForTimeout(150);
    await page.mouse.click(date.x, date.y);
    await page.waitForFunction(
      "[...document.querySelectorAll('.furrow-bar')].some((bar) => /\\d{4}-\\d\\d-\\d\\d/.test(bar.textContent))",
      undefined,
      { timeout: 30_000 },
    );
    await page.waitForTimeout(2500);
    const item = await ask('console.log(plot.selection.value?.itemId)');
    assert.notEqual(item, 'undefined', 'the clicked date is selected');
    const colours = await coloursOfMap(
      page,
      "[...document.querySelectorAll('.furrow-map')].filter((box) => box.furrowMap)[1].furrowMap",
    );
    assert.ok(colours > 50, `the image has ${colours} colours`);

    await page.mouse.move(4, 4);
    await page.waitForTimeout(500);
  }

  test('on the demo season: a parcel clicked, its season drawn, a date clicked, its image drawn', () =>
    inspect(demoRun, 'demo'));

  const swiss = swissRun();
  test('on real images: a parcel clicked, its season drawn, a date clicked, its image drawn', {
    skip: swiss === undefined && withoutSharedData,
  }, async () => {
    if (swiss !== undefined) await inspect(swiss, 'swiss');
  });
});

/** Longitude and latitude inside an area: the middle of its longest run of pixels on a fine grid. */
function innerPoint(area: Area, crs: string): [number, number] {
  const [xmin, ymin, xmax, ymax] = areaBounds(area);
  const [a, e] = [(xmax - xmin) / 64, (ymin - ymax) / 64];
  const runs = pixelRuns(area, { transform: [a, 0, xmin, 0, e, ymax], width: 64, height: 64 });
  const lengths = Array.from(
    { length: runs.length / 3 },
    (_, i) => (runs[3 * i + 2] ?? 0) - (runs[3 * i + 1] ?? 0),
  );
  const best = 3 * lengths.indexOf(Math.max(...lengths));
  const [row = 0, first = 0, end = 0] = runs.subarray(best, best + 3);
  return transformer(crs, 'OGC:CRS84')(xmin + (a * (first + end)) / 2, ymax + e * (row + 0.5));
}
