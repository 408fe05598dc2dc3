/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { attachPort } from '../../../widgets/host/attach-port.ts';
import { SeriesPlot } from '../../../widgets/host/series-plot.ts';
import { chromiumPath, openBrowser, withoutChromium } from '../../support/browser.ts';
import { InProcessPort } from '../in-process-port.ts';
import { pixelsOf } from '../pixels.ts';
import { season } from '../sample-season.ts';
import { bundleViews } from '../view-bundle.ts';
import { openViewPage, type ViewPage } from '../view-page.ts';

describe('the season plot in a browser', { skip: chromiumPath() === undefined && withoutChromium }, () => {
  const port = new InProcessPort();
  let browser: Browser;
  let bundle: string;
  let view: ViewPage;

  before(async () => {
    attachPort(port);
    [bundle, browser] = await Promise.all([bundleViews(), openBrowser()]);
  });
  after(() => browser?.close());

  async function drawn(plot: SeriesPlot<ReturnType<typeof season>[number]>): Promise<string> {
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(plot, 'seriesPlot');
    await view.page.waitForSelector(`${selector} .scatterlayer .trace`);
    await sleep(100);
    return selector;
  }

  /** Positions of the markers of every trace on the page, in the order of drawing. */
  const markers = (selector: string) =>
    view.page.evaluate<{ x: number; y: number; index: number }[]>(`(() => {
      const out = [];
      for (const point of document.querySelectorAll('${selector} .scatterlayer .point')) {
        const box = point.getBoundingClientRect();
        const index = point.__data__?.data;
        if (typeof index === 'number') out.push({ x: box.x + box.width / 2, y: box.y + box.height / 2, index });
      }
      return out;
    })()`);

  test('30 clicks of 30 on dates choose the date, clear, cloudy or without any value', async () => {
    const points = season(60);
    const plot = new SeriesPlot({ series: { points }, index: 'ndvi' });
    const selector = await drawn(plot);
    const places = await markers(selector);
    assert.equal(places.length, 60);
    let hits = 0;
    for (let k = 0; k < 30; k++) {
      const place = places[Math.floor(((k + 0.5) * places.length) / 30)] ?? assert.fail();
      await view.page.mouse.move(place.x, place.y);
      await sleep(60);
      await view.page.mouse.click(place.x, place.y);
      for (let wait = 0; wait < 50 && plot.selection.value !== points[place.index]; wait++) await sleep(20);
      if (plot.selection.value === points[place.index]) hits++;
    }
    assert.equal(hits, 30);
    assert.deepEqual(view.errors, []);
    assert.deepEqual(view.foreign, []);
  });

  test('hides cloudy dates, shows only them, and back, without a new drawing', async () => {
    const plot = new SeriesPlot({ series: { points: season(16) } });
    const selector = await drawn(plot);
    await view.page.evaluate(`window.before = document.querySelector('${selector} .main-svg')`);
    const counts: number[] = [];
    for (const clouds of ['hide', 'only', 'show'] as const) {
      plot.clouds = clouds;
      await sleep(250);
      counts.push((await markers(selector)).length);
    }
    assert.deepEqual(counts, [8, 8, 16]);
    assert.equal(
      await view.page.evaluate(`window.before === document.querySelector('${selector} .main-svg')`),
      true,
    );
  });

  test('arrow keys choose the next and the previous date', async () => {
    const points = season(8);
    const plot = new SeriesPlot({ series: { points } });
    const selector = await drawn(plot);
    await view.page.locator(`${selector} .furrow-map`).focus();
    const seen: (string | undefined)[] = [];
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft']) {
      await view.page.keyboard.press(key);
      await sleep(150);
      seen.push(plot.selection.value?.itemId);
    }
    assert.deepEqual(seen, ['item-0', 'item-1', 'item-0']);
  });

  test('tells what it waits for, what failed, and hostile labels as text', async () => {
    const plot = new SeriesPlot({ title: '<img src=x onerror="window.hacked=1">' });
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(plot, 'seriesPlot');
    const message = () => view.page.locator(`${selector} .furrow-message`).textContent();
    assert.equal(await message(), 'No season to show yet.');
    plot.show({ points: season(5) }, '<b>label</b><a href="javascript:hacked=1">x</a>');
    await sleep(300);
    assert.equal(await message(), '');
    assert.match((await view.page.locator(`${selector} .furrow-title`).textContent()) ?? '', /<b>label<\/b>/);
    assert.equal(
      await view.page.locator(`${selector} img, ${selector} b, ${selector} .furrow-title a`).count(),
      0,
    );
    plot.show({ points: [] }, 'field 7');
    await sleep(300);
    assert.equal(await message(), 'No image covers field 7.');
    assert.equal(await view.page.evaluate('window.hacked'), undefined);
  });

  test('follows a change between light and dark', async () => {
    const plot = new SeriesPlot({ series: { points: season(16) } });
    const selector = await drawn(plot);
    const box = (await view.page.locator(`${selector} .furrow-drawing`).boundingBox()) ?? assert.fail();
    const corner = { x: box.x + 6, y: box.y + box.height / 2 + 12, width: 3, height: 3 };
    assert.deepEqual(await pixelsOf(view.page, corner), [255, 255, 255]);
    await view.page.evaluate(() => document.body.setAttribute('data-jp-theme-light', 'false'));
    await sleep(400);
    assert.deepEqual(await pixelsOf(view.page, corner), [33, 33, 33]);
  });

  test('follows the width of its place', async () => {
    const plot = new SeriesPlot({ series: { points: season(16) } });
    const selector = await drawn(plot);
    const width = () =>
      view.page
        .locator(`${selector} .main-svg`)
        .first()
        .evaluate((svg) => svg.clientWidth);
    const wide = await width();
    await view.page.setViewportSize({ width: 700, height: 900 });
    await sleep(400);
    assert.ok((await width()) < wide - 400);
    await view.end(selector);
    assert.equal(await view.page.locator(selector).innerHTML(), '');
    assert.deepEqual(view.errors, []);
  });
});
