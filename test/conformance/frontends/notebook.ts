import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { packageRoot } from '../../../src/config.ts';
import { openBrowser } from '../../support/browser.ts';
import { type Jupyter, startJupyter } from '../../support/jupyter.ts';
import type { Check } from '../suite.ts';
import { writeBook } from './books.ts';
import { expect, performSteps, type Surroundings } from './steps.ts';

/** Notebook 7 in a headless Chromium: its own page of one document, by mouse and keyboard only. */
export async function driveNotebook({ folder, prefix }: Surroundings): Promise<Check[]> {
  const root = join(folder, 'notebooks');
  mkdirSync(root);
  writeBook(join(root, 'one.ipynb'), 'typescript', ['const nums = [1, 2, 3];\nnums.length', '']);
  let jupyter: Jupyter | undefined;
  let browser: Browser | undefined;
  try {
    [jupyter, browser] = await Promise.all([
      startJupyter({ folder, root, prefix, module: 'notebook' }),
      openBrowser(),
    ]);
    const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
    const { address, token } = jupyter;
    const picture = (name: string) =>
      page.screenshot({ path: join(packageRoot(), 'test', 'artefacts', `notebook-${name}.png`) });
    const cells = page.locator('.jp-Notebook .jp-CodeCell');

    const runs = async () => {
      await page.goto(`${address}notebooks/one.ipynb?token=${token}`);
      await cells.first().waitFor({ timeout: 40_000 });
      // The page says idle before there is a kernel, and a cell that is run then is not run at all.
      await page.evaluate(`(async () => {
        const { sessionContext } = jupyterapp.shell.currentWidget;
        await sessionContext.ready;
        await sessionContext.session.kernel.info;
      })()`);
      await cells.first().locator('.cm-content').click();
      await page.keyboard.press('Shift+Enter');
      const output = cells.first().locator('.jp-OutputArea-output');
      await output.waitFor({ timeout: 30_000 });
      const shown = (await output.textContent())?.trim();
      expect(shown === '3', `it showed ${shown}`);
    };
    const completes = async () => {
      await cells.nth(1).locator('.cm-content').click();
      await page.keyboard.insertText('nums.rev');
      await page.keyboard.press('Tab');
      await page.locator('.jp-Completer-item').first().waitFor({ timeout: 15_000 });
      await picture('complete');
      await page.keyboard.press('Enter');
      await page.keyboard.insertText('()');
      await page.keyboard.press('Shift+Enter');
      const output = cells.nth(1).locator('.jp-OutputArea-output');
      await output.waitFor({ timeout: 30_000 });
      await picture('run');
      const shown = (await output.textContent())?.trim();
      expect(shown === '[ 3, 2, 1 ]', `it showed ${shown}`);
    };
    const failed = (step: string) => picture(`failed-${step.replaceAll(' ', '-').slice(0, 30)}`);
    return await performSteps(
      'Notebook 7',
      [
        ['runs a cell and shows its result', runs],
        ['completes by Tab and runs on', completes],
      ],
      { limitMs: 60_000, failed },
    );
  } finally {
    await browser?.close();
    await jupyter?.stop();
  }
}
