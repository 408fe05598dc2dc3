/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { ParcelSet } from '../../../src/index.ts';
import { attachPort } from '../../../widgets/host/attach-port.ts';
import { ParcelMap } from '../../../widgets/host/parcel-map.ts';
import { chromiumPath, openBrowser, withoutChromium } from '../../support/browser.ts';
import { InProcessPort } from '../in-process-port.ts';
import { pixelsOf } from '../pixels.ts';
import { squareParcels } from '../sample-parcels.ts';
import { bundleViews } from '../view-bundle.ts';
import { openViewPage, type ViewPage } from '../view-page.ts';

describe('the parcel map in a browser', { skip: chromiumPath() === undefined && withoutChromium }, () => {
  const port = new InProcessPort();
  let browser: Browser;
  let bundle: string;
  let view: ViewPage;

  before(async () => {
    attachPort(port);
    [bundle, browser] = await Promise.all([bundleViews(), openBrowser()]);
  });
  after(() => browser?.close());

  async function drawn(map: ParcelMap): Promise<string> {
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(map, 'parcelMap');
    await view.page.waitForFunction(
      `document.querySelector('${selector} .furrow-map')?.furrowMap?.loaded() && document.querySelector('${selector} .furrow-message').textContent === ''`,
    );
    return selector;
  }

  /** Where a place in degrees lies on the page, by the map itself. */
  function project(
    selector: string,
    lon: number,
    lat: number,
  ): Promise<{ x: number; y: number; onCanvas: boolean }> {
    return view.page.evaluate(`(() => {
      const box = document.querySelector('${selector} .furrow-map');
      const { x, y } = box.furrowMap.project([${lon}, ${lat}]);
      const { left, top } = box.getBoundingClientRect();
      const at = { x: left + x, y: top + y };
      return { ...at, onCanvas: document.elementFromPoint(at.x, at.y) === box.furrowMap.getCanvas() };
    })()`);
  }

  const middle = (set: ParcelSet, i: number) => {
    const ring = set.parcels[i]?.geometry.coordinates[0] as readonly (readonly [number, number])[];
    const [[west, south], , [east, north]] = ring as [[number, number], unknown, [number, number]];
    return [(west + east) / 2, (south + north) / 2] as const;
  };

  test('30 clicks of 30 select the parcel under the pointer, and each is highlighted', async () => {
    const parcels = squareParcels(20, 0.003);
    const map = new ParcelMap({ parcels });
    const selector = await drawn(map);
    let hits = 0;
    let lit = 0;
    for (let k = 0; k < 30; k++) {
      const i = Math.floor(((k + 0.5) * parcels.parcels.length) / 30);
      const { x, y, onCanvas } = await project(selector, ...middle(parcels, i));
      assert.ok(onCanvas, `parcel ${i + 1} lies under something else`);
      await view.page.mouse.click(x, y);
      for (let wait = 0; wait < 50 && map.selection.value !== i + 1; wait++) await sleep(20);
      if (map.selection.value === i + 1) hits++;
      await view.page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
      const [r, g, b] = await pixelsOf(view.page, { x: x - 1, y: y - 1, width: 2, height: 2 });
      if (r !== undefined && g !== undefined && b !== undefined && r > 150 && g < 90 && b > 60) lit++;
    }
    assert.equal(hits, 30);
    assert.equal(lit, 30);
    assert.deepEqual(view.errors, []);
    assert.deepEqual(view.foreign, [], 'the map asked the network for something');
  });

  test('a click beside all parcels selects none', async () => {
    const map = new ParcelMap({ parcels: squareParcels(3), selection: 5 });
    const selector = await drawn(map);
    const box = await view.page.locator(`${selector} .furrow-drawing`).boundingBox();
    assert.ok(box);
    await view.page.mouse.click(box.x + 8, box.y + box.height / 2);
    for (let wait = 0; wait < 50 && map.selection.value !== undefined; wait++) await sleep(20);
    assert.equal(map.selection.value, undefined);
  });

  test('keeps the height that was asked for, and follows a change of it', async () => {
    const map = new ParcelMap({ parcels: squareParcels(4), height: 380 });
    const selector = await drawn(map);
    const height = () => view.page.locator(`${selector} .furrow-drawing`).evaluate((box) => box.clientHeight);
    const canvas = () => view.page.locator(`${selector} canvas`).evaluate((box) => box.clientHeight);
    assert.equal(await height(), 378);
    await sleep(1000);
    assert.equal(await height(), 378);
    assert.equal(await canvas(), 378);
    map.set({ height: 300 });
    await sleep(300);
    assert.equal(await height(), 298);
    assert.equal(await canvas(), 298);
  });

  test('keeps its height whichever style sheet comes first', async () => {
    const map = new ParcelMap({ parcels: squareParcels(4), height: 380 });
    const selector = await drawn(map);
    const height = () => view.page.locator(`${selector} .furrow-map`).evaluate((box) => box.clientHeight);
    for (const place of ['prepend', 'append'] as const) {
      await view.page.evaluate((where) => {
        const own = document.getElementById('furrow-widgets-style');
        if (own !== null) document.head[where](own);
      }, place);
      assert.equal(await height(), 378, `with the widgets' own rules at the ${place}ed place`);
    }
  });

  test('shows labels of the data as text, whatever they hold', async () => {
    const squares = squareParcels(1, 0.05);
    const hostile = '<img src=x onerror="window.hacked=1"><b>bold</b>';
    const parcels = squares.parcels.map((parcel) => ({ ...parcel, label: hostile, crop: hostile }));
    const map = new ParcelMap({ parcels: { ...squares, parcels }, title: hostile });
    const selector = await drawn(map);
    const { x, y } = await project(selector, 5.425, 52.325);
    await view.page.mouse.move(x, y);
    await view.page.waitForSelector(`${selector} .furrow-tooltip:not([hidden])`);
    assert.equal(
      await view.page.locator(`${selector} .furrow-tooltip`).textContent(),
      `${hostile}\n${hostile}`,
    );
    await view.page.mouse.click(x, y);
    await view.page.waitForFunction(
      `document.querySelector('${selector} .furrow-status').textContent.startsWith('Selected')`,
    );
    assert.equal(await view.page.locator(`${selector} img, ${selector} b`).count(), 0);
    assert.equal(await view.page.evaluate('window.hacked'), undefined);
  });

  test('follows a change between light and dark', async () => {
    const map = new ParcelMap({ parcels: squareParcels(3) });
    const selector = await drawn(map);
    const box = await view.page.locator(`${selector} .furrow-drawing`).boundingBox();
    assert.ok(box);
    const corner = { x: box.x + 20, y: box.y + 20, width: 4, height: 4 };
    assert.deepEqual((await pixelsOf(view.page, corner)).slice(0, 3), [255, 255, 255]);
    await view.page.evaluate(() => document.body.setAttribute('data-jp-theme-light', 'false'));
    await sleep(400);
    assert.deepEqual((await pixelsOf(view.page, corner)).slice(0, 3), [33, 33, 33]);
  });

  test('a wheel scrolls the page, and zooms the map with Ctrl held only', async () => {
    const selector = await drawn(new ParcelMap({ parcels: squareParcels(4) }));
    const { page } = view;
    await page.evaluate(`document.body.style.minHeight = '5000px'`);
    const zoom = () =>
      page.evaluate<number>(`document.querySelector('${selector} .furrow-map').furrowMap.getZoom()`);
    const box = await page.locator(`${selector} .furrow-drawing`).boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const before = await zoom();
    await page.mouse.wheel(0, 60);
    await page.waitForFunction('scrollY > 0');
    await page.waitForFunction(
      `getComputedStyle(document.querySelector('${selector} .maplibregl-cooperative-gesture-screen')).opacity > 0.9`,
    );
    assert.equal(await zoom(), before);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -200);
    for (let wait = 0; wait < 100 && (await zoom()) <= before; wait++) await sleep(20);
    await page.keyboard.up('Control');
    assert.ok((await zoom()) > before);
  });

  test('moves and selects by keyboard', async () => {
    const map = new ParcelMap({ parcels: squareParcels(3) });
    const selector = await drawn(map);
    await view.page.locator(`${selector} canvas`).focus();
    await view.page.keyboard.press('Enter');
    for (let wait = 0; wait < 50 && map.selection.value === undefined; wait++) await sleep(20);
    assert.equal(map.selection.value, 5);
  });

  test('says that a set without parcels is empty', async () => {
    const map = new ParcelMap({ parcels: { ...squareParcels(1), parcels: [] } });
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(map, 'parcelMap');
    assert.equal(
      await view.page.locator(`${selector} .furrow-message`).textContent(),
      'This dataset has no parcels.',
    );
  });

  test('takes everything away at the end', async () => {
    const map = new ParcelMap({ parcels: squareParcels(3) });
    const selector = await drawn(map);
    await view.end(selector);
    assert.equal(await view.page.locator(selector).innerHTML(), '');
    map.select(2);
    await sleep(100);
    assert.deepEqual(view.errors, []);
  });
});
