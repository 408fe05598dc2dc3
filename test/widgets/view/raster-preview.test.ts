/// <reference lib="dom" />
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from 'fast-png';
import type { Browser } from 'playwright-core';
import { InvalidFile } from '../../../src/errors.ts';
import type { RasterTileSource } from '../../../src/index.ts';
import { attachPort } from '../../../widgets/host/attach-port.ts';
import { Observable } from '../../../widgets/host/observable.ts';
import { RasterPreview } from '../../../widgets/host/raster-preview.ts';
import { chromiumPath, openBrowser, withoutChromium } from '../../support/browser.ts';
import { InProcessPort } from '../in-process-port.ts';
import { pixelsOf } from '../pixels.ts';
import { squareParcels } from '../sample-parcels.ts';
import { bundleViews } from '../view-bundle.ts';
import { openViewPage, type ViewPage } from '../view-page.ts';

/** Tiles of one colour, with the bounds of twelve by twelve squares. */
function plain(
  red: number,
  green: number,
  blue: number,
  label: string,
): RasterTileSource & { asked: string[] } {
  const data = new Uint8Array(256 * 256 * 4);
  for (let i = 0; i < data.length; i += 4) data.set([red, green, blue, 255], i);
  const png = encode({ width: 256, height: 256, data, channels: 4 });
  const asked: string[] = [];
  return {
    asked,
    bounds: [5.4, 52.3, 5.448, 52.348],
    label,
    date: '2026-06-01',
    tileSize: 256,
    maxZoom: 15,
    scale: { low: -0.2, high: 0.9, colors: ['#a52a2a', '#ffff00', '#006400'], label: 'NDVI' },
    tile: async (z, x, y) => {
      asked.push(`${z}/${x}/${y}`);
      return png;
    },
  };
}

describe('the image preview in a browser', { skip: chromiumPath() === undefined && withoutChromium }, () => {
  const port = new InProcessPort();
  let browser: Browser;
  let bundle: string;
  let view: ViewPage;

  before(async () => {
    attachPort(port);
    [bundle, browser] = await Promise.all([bundleViews(), openBrowser()]);
  });
  after(() => browser?.close());

  const idle = (selector: string) =>
    view.page.waitForFunction(
      `(() => { const map = document.querySelector('${selector} .furrow-map')?.furrowMap; return map?.loaded() && map.areTilesLoaded(); })()`,
    );

  async function centre(selector: string): Promise<number[]> {
    const box = (await view.page.locator(`${selector} .furrow-drawing`).boundingBox()) ?? assert.fail();
    return pixelsOf(view.page, {
      x: box.x + box.width / 2 - 2,
      y: box.y + box.height / 2 - 2,
      width: 4,
      height: 4,
    });
  }

  test('draws tiles, label, date and colour scale, and swaps images', async () => {
    const first = plain(200, 30, 30, 'first image');
    const preview = new RasterPreview({ source: first });
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(preview, 'rasterPreview');
    await idle(selector);
    await sleep(300);
    assert.deepEqual(await centre(selector), [200, 30, 30]);
    assert.ok(first.asked.length > 0 && first.asked.length < 60);
    const bar = await view.page.locator(`${selector} .furrow-bar`).textContent();
    assert.match(bar ?? '', /2026-06-01first imageNDVI-0\.20\.9/);
    preview.show(plain(20, 40, 220, 'second image'));
    await sleep(200);
    await idle(selector);
    await sleep(300);
    assert.deepEqual(await centre(selector), [20, 40, 220]);
    const rasters = `document.querySelector('${selector} .furrow-map').furrowMap.getLayersOrder().filter((id) => id.startsWith('raster:'))`;
    assert.deepEqual(await view.page.evaluate(rasters), ['raster:2']);
    assert.deepEqual(view.errors, []);
    assert.deepEqual(view.foreign, []);
  });

  test('takes its opacity from the slider and from the kernel', async () => {
    const preview = new RasterPreview({ source: plain(0, 0, 0, 'black') });
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(preview, 'rasterPreview');
    await idle(selector);
    preview.opacity = 0.5;
    await sleep(400);
    const [half = 0] = await centre(selector);
    assert.ok(half > 115 && half < 140, `half of black on white is ${half}`);
    await view.page.locator(`${selector} input[type=range]`).fill('0');
    await sleep(400);
    assert.equal(preview.opacity, 0);
    assert.deepEqual(await centre(selector), [255, 255, 255]);
  });

  test('outlines parcels, moves to the selected one and highlights it', async () => {
    const selection = new Observable<number | undefined>(undefined);
    const parcels = squareParcels(12);
    const preview = new RasterPreview({ source: plain(20, 60, 20, 'dark'), parcels, selection });
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(preview, 'rasterPreview');
    await idle(selector);
    selection.set(80);
    await sleep(900);
    await idle(selector);
    const place = await view.page.evaluate<{ x: number; y: number }>(`(() => {
      const box = document.querySelector('${selector} .furrow-map');
      const west = 5.4 + ${(80 - 1) % 12} * 0.004, south = 52.3 + ${Math.floor((80 - 1) / 12)} * 0.004;
      const p = box.furrowMap.project([west, south + 0.002]);
      const { left, top } = box.getBoundingClientRect();
      return { x: left + p.x, y: top + p.y };
    })()`);
    const [r = 0, g = 0] = await pixelsOf(view.page, { x: place.x - 1, y: place.y - 1, width: 2, height: 2 });
    assert.ok(r > 120 && g < 90, `the edge of the selected parcel is [${r}, ${g}, …]`);
  });

  test('tells what it waits for and what failed', async () => {
    const images = new Observable<string | undefined>(undefined);
    const preview = new RasterPreview({
      images,
      load: async (name: string) => ({
        ...plain(1, 2, 3, name),
        tile: async () => {
          throw new InvalidFile('tile 3 of B04.tif is truncated');
        },
      }),
    });
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(preview, 'rasterPreview');
    const message = () => view.page.locator(`${selector} .furrow-message`).textContent();
    assert.equal(await message(), 'Select a date to see its image.');
    images.set('broken');
    await view.page.waitForSelector(`${selector} .furrow-message[data-kind=error]`);
    assert.match((await message()) ?? '', /B04\.tif is truncated/);
    await view.end(selector);
    assert.equal(await view.page.locator(selector).innerHTML(), '');
  });

  test('the error of a tile goes when a later tile can be drawn', async () => {
    let broken = true;
    const image = plain(30, 90, 150, 'mended');
    const preview = new RasterPreview({
      source: {
        ...image,
        tile: async (z, x, y, options) => {
          if (broken) throw new InvalidFile('the disk is away');
          return image.tile(z, x, y, options);
        },
      },
    });
    view = await openViewPage(browser, port, bundle);
    const selector = await view.show(preview, 'rasterPreview');
    await view.page.waitForSelector(`${selector} .furrow-message[data-kind=error]`);
    await sleep(300);
    broken = false;
    await view.page.evaluate(`(() => {
      const map = document.querySelector('${selector} .furrow-map').furrowMap;
      map.setZoom(map.getZoom() + 1);
    })()`);
    await view.page.waitForFunction(
      `document.querySelector('${selector} .furrow-message').textContent === ''`,
      undefined,
      { timeout: 10_000 },
    );
    await idle(selector);
    await sleep(300);
    assert.deepEqual(await centre(selector), [30, 90, 150]);
  });
});
