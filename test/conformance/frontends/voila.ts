/// <reference lib="dom" />
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { packageRoot } from '../../../src/config.ts';
import { openBrowser } from '../../support/browser.ts';
import { freePort, jupyterEnvironment, startServer, stopGroup } from '../../support/jupyter.ts';
import type { Check } from '../suite.ts';
import { writeBook } from './books.ts';
import { sliderCells } from './slider.ts';
import { expect, performSteps, type Surroundings } from './steps.ts';

const plot = `const plot = new SeriesPlot({
  title: 'A season',
  series: { points: [4, 5, 6].map((month) => ({
    datetime: \`2026-0\${month}-03T10:00:00Z\`, p25: 0.3, p50: month / 10, p75: 0.7, clear: 1,
  })) },
});
plot.selection.observe((point) => plot.set({ title: 'chosen: ' + point?.datetime }));
plot`;

/**
 * Voila: a notebook as a page, executed by the kernel, whose widgets talk to it. Outputs are text that is written once there:
 * what a kernel updates must be a widget.
 */
export async function driveVoila({ folder, prefix }: Surroundings): Promise<Check[]> {
  const root = join(folder, 'pages');
  mkdirSync(root);
  writeBook(join(root, 'slider.ipynb'), 'typescript', [
    "console.log('printed', 'by the cell');",
    'display.html(\'<p id="rich">rich <b>text</b></p>\');',
    ...sliderCells,
  ]);
  writeBook(join(root, 'plot.ipynb'), 'furrow', [
    plot,
    "display.text('no date yet', { displayId: 'date' });",
  ]);
  let server: { child: ChildProcess; address: string } | undefined;
  let browser: Browser | undefined;
  try {
    [server, browser] = await Promise.all([startVoila(folder, root, prefix), openBrowser()]);
    const { address } = server;
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    const picture = (name: string) =>
      page.screenshot({ path: join(packageRoot(), 'test', 'artefacts', `voila-${name}.png`) });
    const open = (name: string) =>
      page.goto(`${address}voila/render/${name}.ipynb`, { timeout: 40_000, waitUntil: 'domcontentloaded' });

    const served = async () => {
      await open('slider');
      await page.getByText('printed by the cell').waitFor({ timeout: 30_000 });
      await page.locator('#rich b').waitFor();
      const shown = await page.evaluate<string>('document.body.innerText');
      expect(!shown.includes('console.log'), 'the source of the cells is shown');
      expect(!/Traceback|There was an error/.test(shown), `an error: ${shown.slice(0, 400)}`);
    };
    const slides = async () => {
      const handle = page.locator('.noUi-handle');
      await handle.waitFor();
      await handle.focus();
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
      await page.getByText('the label has 7').waitFor({ timeout: 10_000 });
      await picture('slider');
    };
    const draws = async () => {
      await open('plot');
      await page.locator('.scatterlayer .point').first().waitFor({ timeout: 30_000 });
      await page.waitForTimeout(500);
      const { x, y } = await page.evaluate<DOMRect>(`[...document.querySelectorAll('.scatterlayer .point')]
        .find((point) => typeof point.__data__?.data === 'number').getBoundingClientRect()`);
      await page.mouse.move(x + 3, y + 3, { steps: 4 });
      await page.waitForTimeout(200);
      await page.mouse.down();
      await page.mouse.up();
      await page.getByText('chosen: 2026-04-03').waitFor({ timeout: 10_000 });
      await picture('plot');
    };
    const failed = (step: string) => picture(`failed-${step.replaceAll(' ', '-').slice(0, 30)}`);
    return await performSteps(
      'Voila',
      [
        ['serves a notebook as a page with its outputs', served],
        ['a slider that is moved tells the kernel, which answers', slides],
        ['draws a widget of the prelude and tells the kernel of a click', draws],
      ],
      { limitMs: 60_000, failed },
    );
  } finally {
    await browser?.close();
    if (server) await stopGroup(server.child);
  }
}

async function startVoila(
  folder: string,
  root: string,
  prefix: string,
): Promise<{ child: ChildProcess; address: string }> {
  const port = await freePort();
  const args = ['-m', 'voila', '--no-browser', `--port=${port}`, '--Voila.ip=127.0.0.1', root];
  const address = `http://127.0.0.1:${port}/`;
  const { child } = await startServer(args, jupyterEnvironment(folder, prefix), address);
  return { child, address };
}
